import type { ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordPlace } from "../log/log.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import type { TimestampMs } from "../scalars.ts";

import { EntryCodec, type IndexEntry } from "./entry-codec.ts";
import type { IndexReader, WordPair } from "./ordered-index.ts";
import { PackedBTree } from "./packed-btree.ts";
import { PageStore } from "./page-store.ts";

/** The parts of a record that the index needs. */
export type IndexedRecord = Pick<RecordEnvelope, "kind" | "collection" | "key" | "expires">;

/** Reading the collections of a database, as they are or as they were. */
export interface KeyspaceReader {
  /** A collection's index; undefined where it has no keys. */
  collection(name: ByteString): IndexReader<IndexEntry> | undefined;
  /** The names of the collections that have keys, in the order of their bytes. */
  collectionNames(): readonly ByteString[];
}

/** A keyspace as it was at one moment. Keeps memory, so it must be released. */
export interface KeyspaceSnapshot extends KeyspaceReader {
  release(): void;
}

/**
 * The index of a database: an ordered index for each collection. Also keeps the counts of its
 * segments (live bytes, stale puts), since it alone knows when a record is replaced.
 */
export class Keyspace implements KeyspaceReader {
  readonly #pages = new PageStore();
  readonly #codec = new EntryCodec();
  readonly #collections = new Map<ByteString, PackedBTree<IndexEntry>>();

  /** The number of keys in all collections. */
  get size(): number {
    let size = 0;
    for (const collection of this.#collections.values()) size += collection.size;
    return size;
  }

  /** Memory that the index holds, in bytes. */
  get byteLength(): number {
    return this.#pages.byteLength;
  }

  collection(name: ByteString): IndexReader<IndexEntry> | undefined {
    return this.#collections.get(name);
  }

  collectionNames(): readonly ByteString[] {
    return [...this.#collections.keys()].toSorted(byBytes);
  }

  get(collection: ByteString, key: ByteString): IndexEntry | undefined {
    return this.#collections.get(collection)?.get(key);
  }

  /** Takes a committed record in. Records come in the order of their offsets. */
  apply(record: IndexedRecord, place: RecordPlace): void {
    const { kind, collection, key } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    segment.liveBytes += byteLength;
    switch (kind) {
      case FrameKind.put:
        this.#put(collection, key, place, record.expires);
        break;
      case FrameKind.delete:
        segment.tombstoneBytes += byteLength;
        this.#delete(collection, key);
        break;
      case FrameKind.epoch:
        break;
    }
  }

  /**
   * Takes note that compaction has copied a record of a run of segments to another place. It is current
   * if its key still leads into the run, of which no more than one record of a key was kept.
   */
  relocate(record: IndexedRecord, place: RecordPlace, run: ReadonlySet<Segment>): void {
    const { kind, collection, key, expires } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    const current = kind === FrameKind.put ? this.get(collection, key) : undefined;
    const isCurrent = current !== undefined && run.has(current.segment);
    if (kind === FrameKind.put && !isCurrent) {
      segment.stalePuts++;
      return;
    }
    segment.liveBytes += byteLength;
    if (kind === FrameKind.delete) segment.tombstoneBytes += byteLength;
    if (!isCurrent) return;
    this.#indexOf(collection).set(key, place.position, this.#codec.secondWord(place, expires));
  }

  /** A view that later records do not change. */
  snapshot(): KeyspaceSnapshot {
    const readers = new Map<ByteString, IndexReader<IndexEntry>>();
    for (const [name, index] of this.#collections) readers.set(name, index.snapshot());
    const names = this.collectionNames();
    return {
      collection: (name) => readers.get(name),
      collectionNames: () => names,
      release: this.#pages.snapshot(),
    };
  }

  #indexOf(collection: ByteString): PackedBTree<IndexEntry> {
    let index = this.#collections.get(collection);
    if (index === undefined) {
      index = new PackedBTree(this.#pages, this.#codec);
      this.#collections.set(collection, index);
    }
    return index;
  }

  #put(
    collection: ByteString,
    key: ByteString,
    place: RecordPlace,
    expires: TimestampMs | null,
  ): void {
    const index = this.#indexOf(collection);
    const word1 = this.#codec.secondWord(place, expires);
    if (index.set(key, place.position, word1)) this.#discard(index.previous);
  }

  #delete(collection: ByteString, key: ByteString): void {
    const index = this.#collections.get(collection);
    if (index === undefined || !index.delete(key)) return;
    this.#discard(index.previous);
    if (index.size > 0) return;
    index.release();
    this.#collections.delete(collection);
  }

  /** Counts a record as one that no key leads to any more. */
  #discard({ word0, word1 }: WordPair): void {
    const segment = this.#codec.segmentOf(word1);
    segment.liveBytes -= this.#codec.byteLengthOf(word0, word1);
    segment.stalePuts++;
  }
}

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);
