import { EngineError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import type { IndexReader } from "../index/ordered-index.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { ScannedRecord } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import { readEntry, readOffset } from "../read/entry-reader.ts";
import type { View } from "../read/view.ts";

import { MissingKeys } from "./missing-keys.ts";

/** A key with which the index is not as the log says. */
export interface IndexProblem {
  readonly collection: string;
  readonly key: string;
  readonly reason: string;
}

/** How the index of a database fits its log. */
export interface IndexReport {
  /** How many keys the index holds. */
  readonly keys: number;
  /** How many of them lead to the newest record of their key. */
  readonly confirmed: number;
  readonly problemCount: number;
  /** The first hundred of them. */
  readonly problems: readonly IndexProblem[];
}

const problemsAtMost = 100;

/**
 * Compares an index with the log that it is made from, record by record, in memory that does not grow
 * with either. Each PUT must be where its key leads to, or its key must lead to a later record, or
 * there must be a DELETE behind it; no key may lead to a record before a DELETE. Then as many PUTs were
 * found where their keys lead to as there are keys, or the index holds one too many.
 */
export class IndexCheck {
  readonly #view: View;
  readonly #order: ReadonlyMap<Segment, number>;
  readonly #missing: MissingKeys;
  readonly #isReplacing: boolean;
  readonly #problems: IndexProblem[] = [];
  #problemCount = 0;
  #confirmed = 0;
  #isRepeated = false;
  #collection: { readonly name: ByteString; readonly index: IndexReader<IndexEntry> } | undefined;

  /**
   * `segments` are those that will be read, in order; `isReplacing` tells whether compaction is about to
   * put another one in the place of some of them.
   */
  constructor(
    view: View,
    segments: readonly Segment[],
    isReplacing: boolean,
    missing = new MissingKeys(),
  ) {
    this.#view = view;
    this.#isReplacing = isReplacing;
    this.#order = new Map(segments.map((segment, index) => [segment, index]));
    this.#missing = missing;
  }

  /** Takes a committed record in. All come in the order of their offsets; tells whether it is current. */
  take(record: ScannedRecord, segment: Segment): boolean {
    const { kind, collection, key, expires } = record;
    if (kind === FrameKind.epoch) return true;
    const entry = this.#indexOf(collection)?.get(key);
    // A value that has expired, and that compaction has left out, is forgotten before its segment goes.
    const mayBeForgotten = this.#isReplacing && expires !== null;
    if (kind === FrameKind.delete || mayBeForgotten) this.#missing.delete(collection, key);
    else if (entry === undefined) this.#missing.put(collection, key);
    if (this.#isRepeated) return false;
    if (entry === undefined) return kind === FrameKind.delete;
    const comparison = this.#compare(entry, record, segment);
    const isCurrent = comparison === 0 && kind === FrameKind.put;
    if (isCurrent) {
      this.#confirmed++;
      this.#compareDetails(entry, record);
    } else if (comparison !== undefined && comparison <= 0) {
      this.#report(collection, key, `the index leads to a record before offset ${record.offset}`);
    }
    return isCurrent || kind === FrameKind.delete;
  }

  /** Ends a reading of the log; tells whether it must be read once more. */
  endReading(): boolean {
    for (const { collection, key } of this.#missing.takeFound()) {
      this.#report(collection, key, "the log has a value for it, the index does not know it");
    }
    this.#isRepeated = true;
    return this.#missing.isToGoOn;
  }

  /** What was found, when the log was read as often as `endReading` asked for. */
  report(): IndexReport {
    const { keyspace } = this.#view;
    const names = keyspace.collectionNames();
    const keys = names.reduce((sum, name) => sum + (keyspace.collection(name)?.size ?? 0), 0);
    if (keys !== this.#confirmed && this.#problemCount === 0) this.#findExtraKeys();
    return {
      keys,
      confirmed: this.#confirmed,
      problemCount: this.#problemCount,
      problems: this.#problems,
    };
  }

  #indexOf(name: ByteString): IndexReader<IndexEntry> | undefined {
    if (this.#collection?.name === name) return this.#collection.index;
    const index = this.#view.keyspace.collection(name);
    if (index !== undefined) this.#collection = { name, index };
    return index;
  }

  /**
   * Where an entry leads, as seen from a record of its key: before it (negative), to it (0) or behind it.
   * Undefined where that cannot be said, which is reported.
   */
  #compare(entry: IndexEntry, record: ScannedRecord, segment: Segment): number | undefined {
    const [entryOrder, order] = [this.#order.get(entry.segment), this.#order.get(segment)];
    if (entryOrder !== undefined && order !== undefined) {
      return entryOrder === order ? entry.position - record.position : entryOrder - order;
    }
    // It leads into a segment that compaction is about to put in the place of others.
    try {
      return readOffset(this.#view.log, record.key, entry) - record.offset;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#report(record.collection, record.key, error.message);
      return undefined;
    }
  }

  #compareDetails(
    entry: IndexEntry,
    { collection, key, start, end, expires }: ScannedRecord,
  ): void {
    if (entry.byteLength !== end - start) {
      const reason = `the index has its length as ${entry.byteLength} bytes, the log as ${end - start}`;
      this.#report(collection, key, reason);
    }
    if (entry.expires !== expires) {
      const reason = `the index has its expiry as ${entry.expires}, the log as ${expires}`;
      this.#report(collection, key, reason);
    }
  }

  /** Reads what every key leads to, as some lead to no newest record of theirs. */
  #findExtraKeys(): void {
    const { keyspace, log } = this.#view;
    for (const name of keyspace.collectionNames()) {
      for (const [key, entry] of keyspace.collection(name)?.entries({}, false) ?? []) {
        try {
          readEntry(log, key, entry);
          if (this.#order.has(entry.segment)) continue;
          this.#report(name, key, `the index leads into ${entry.segment.path}, which is not read`);
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          this.#report(name, key, error.message);
        }
      }
    }
  }

  #report(collection: ByteString, key: ByteString, reason: string): void {
    this.#problemCount++;
    if (this.#problems.length >= problemsAtMost) return;
    this.#problems.push({ collection: textOf(collection), key: textOf(key), reason });
  }
}
