/**
 * Reads what a view shows in the order of collections and keys, and tells of it by hashes: a range of
 * keys at a time, or each key.
 *
 * Ranges are cut behind records whose contents say so, and not after so many keys: two nodes cut at the
 * same keys where they hold the same, and one key more or less moves no cut but those beside it.
 */
import { createHash } from "node:crypto";

import { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import type { FoundBytes } from "../log/block-cache.ts";
import { byteStringOf, textOf, type ByteString } from "../log/byte-string.ts";
import { checksumOf } from "../log/checksum.ts";
import { contentStart, decodeHead, findValue } from "../log/record.ts";
import { isSystemCollection } from "../names.ts";
import { Pace } from "../pace.ts";
import { isExpired } from "../read/entry-reader.ts";
import { keyRangeOf } from "../read/key-range.ts";
import type { View } from "../read/view.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import { ContentHash } from "./content-hash.ts";

/** Which part of a database is hashed. All fields may be left out. */
export interface ContentScope {
  /** Only this collection. Default: all. */
  readonly collection?: string;
  /** Only keys greater than it, in the order of UTF-8 bytes, in each collection. */
  readonly gt?: string;
  /** Only keys less than it, or equal. */
  readonly lte?: string;
  /**
   * Only what expires after this time, or never. Replicas drop what has expired when they come to it: what
   * they are compared by must be what all of them have to have. Default: the time of the snapshot.
   */
  readonly expiresAfter?: TimestampMs;
}

/** Keys that follow on each other, and the hash of their records. */
export interface ContentRange {
  readonly collection: string;
  /** The last key that belongs to the range; null: it goes to the end of the collection. */
  readonly through: string | null;
  readonly keys: number;
  /** Of the records, as they stand in the log. */
  readonly bytes: number;
  /** SHA-256 in hexadecimal digits; see content-hash.ts for of what. */
  readonly hash: string;
}

/** What all ranges of a scope come to. */
export interface ContentTotal {
  readonly keys: number;
  /** Of the records, as they stand in the log. */
  readonly bytes: number;
  /** SHA-256 of the hashes of the ranges, in hexadecimal digits. */
  readonly hash: string;
}

/** A key, and the hash of its record. */
export interface ContentKey {
  readonly collection: string;
  readonly key: string;
  readonly offset: LogOffset;
  /** When it ceases to be, or null for never. */
  readonly expires: TimestampMs | null;
  /** SHA-256 in hexadecimal digits; see content-hash.ts for of what. */
  readonly hash: string;
}

/** A range has a thousand keys, as a rule: its last record is one in so many, by its contents' checksum. */
const keysInRange = 1024;

/** What finding a record costs at least, counted in bytes that are read. */
const leastBytesOfWork = 1024;

/** A record of the view. */
interface ContentRecord {
  readonly key: ByteString;
  readonly entry: IndexEntry;
  /** Valid until the next one is asked for. */
  readonly found: FoundBytes;
}

/** Goes by a view, which must stay open until the reading has ended. Rejects with CorruptionError. */
export class ContentReader {
  readonly #view: View | undefined;
  readonly #scope: ContentScope;
  readonly #now: TimestampMs;
  readonly #hash = new ContentHash();
  readonly #pace = new Pace();

  /** `view`: undefined where there is nothing. `now`: the time of the snapshot. */
  constructor(view: View | undefined, scope: ContentScope, now: TimestampMs) {
    this.#view = view;
    this.#scope = scope;
    this.#now = now;
  }

  /**
   * The ranges of all collections that have keys; the last one of each is open at its end. Returns what
   * they come to.
   */
  async *ranges(): AsyncGenerator<ContentRange, ContentTotal, void> {
    const hashes = createHash("sha256");
    const total = { keys: 0, bytes: 0 };
    for await (const range of this.#ranges()) {
      hashes.update(Buffer.from(range.hash, "hex"));
      total.keys += range.keys;
      total.bytes += range.bytes;
      yield range;
    }
    return { ...total, hash: hashes.digest("hex") };
  }

  async *#ranges(): AsyncGenerator<ContentRange, void, void> {
    for (const name of this.#collections()) {
      const collection = textOf(name);
      let keys = 0;
      let bytes = 0;
      let isEmpty = true;
      for (const { key, entry, found } of this.#records(name)) {
        const { checksum } = this.#add(key, entry, found);
        isEmpty = false;
        keys++;
        bytes += entry.byteLength;
        const isCut = checksum % keysInRange === 0;
        const turn = this.#pace.spend(Math.max(entry.byteLength, leastBytesOfWork));
        if (isCut) {
          yield { collection, through: textOf(key), keys, bytes, hash: this.#hash.take() };
          [keys, bytes] = [0, 0];
        }
        if (turn !== undefined) await turn;
      }
      // One whose values have all expired is gone on some replicas.
      if (isEmpty) continue;
      yield { collection, through: null, keys, bytes, hash: this.#hash.take() };
    }
  }

  /** Every key of the scope. */
  async *keys(): AsyncGenerator<ContentKey, void, void> {
    for (const name of this.#collections()) {
      const collection = textOf(name);
      for (const { key, entry, found } of this.#records(name)) {
        const { offset, expires } = this.#add(key, entry, found);
        const turn = this.#pace.spend(Math.max(entry.byteLength, leastBytesOfWork));
        yield { collection, key: textOf(key), offset, expires, hash: this.#hash.take() };
        if (turn !== undefined) await turn;
      }
    }
  }

  #add(key: ByteString, entry: IndexEntry, found: FoundBytes) {
    const { bytes, start } = found;
    const end = start + entry.byteLength;
    const content = contentStart(bytes, start);
    if (content === undefined || findValue(bytes, start, key) === undefined) {
      const { segment, position } = entry;
      throw new CorruptionError(segment.path, position, "there is no record of this key");
    }
    const head = decodeHead(bytes, start, end);
    this.#hash.add(head, found, content, end);
    return { ...head, checksum: checksumOf(bytes, content, end) };
  }

  #collections(): readonly ByteString[] {
    const { collection } = this.#scope;
    const wanted = collection === undefined ? undefined : byteStringOf(collection);
    const names = this.#view?.keyspace.collectionNames() ?? [];
    return names.filter(
      (name) => !isSystemCollection(name) && (wanted === undefined || name === wanted),
    );
  }

  *#records(collection: ByteString): Generator<ContentRecord, void, void> {
    const { gt, lte, expiresAfter = this.#now } = this.#scope;
    const range = keyRangeOf({
      ...(gt !== undefined && { gt }),
      ...(lte !== undefined && { lte }),
    });
    const view = this.#view;
    const index = view?.keyspace.collection(collection);
    if (range === undefined || view === undefined || index === undefined) return;
    const cursor = index.cursor(range, false);
    while (cursor.next()) {
      const entry = cursor.value;
      if (isExpired(entry.expires, () => expiresAfter)) continue;
      yield { key: cursor.key, entry, found: view.log.readFrame(entry) };
    }
  }
}
