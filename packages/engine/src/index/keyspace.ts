import type { ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordPlace } from "../log/log.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import { BTree } from "./btree.ts";
import type { IndexReader } from "./ordered-index.ts";

/** What the index knows of a key: where its newest record stands. */
export interface IndexEntry extends RecordPlace {
  readonly offset: LogOffset;
  readonly expires: TimestampMs | null;
}

/** The parts of a record that the index needs. */
export type IndexedRecord = Pick<
  RecordEnvelope,
  "kind" | "collection" | "key" | "offset" | "expires"
>;

/** Reading the collections of a database, as they are or as they were. */
export interface KeyspaceReader {
  /** A collection's index; undefined where it has no keys. */
  collection(name: ByteString): IndexReader<IndexEntry> | undefined;
  /** The names of the collections that have keys, in the order of their bytes. */
  collectionNames(): readonly ByteString[];
}

/**
 * The index of a database: an ordered index for each collection. Also keeps the counts of its
 * segments (live bytes, stale puts), since it alone knows when a record is replaced.
 */
export class Keyspace implements KeyspaceReader {
  readonly #collections = new Map<ByteString, BTree<IndexEntry>>();

  /** The number of keys in all collections. */
  get size(): number {
    let size = 0;
    for (const collection of this.#collections.values()) size += collection.size;
    return size;
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
    const { kind, collection, key, offset, expires } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    segment.liveBytes += byteLength;
    switch (kind) {
      case FrameKind.put:
        discard(this.#indexOf(collection).set(key, entryOf(place, offset, expires)));
        break;
      case FrameKind.delete:
        segment.tombstoneBytes += byteLength;
        discard(this.#remove(collection, key));
        break;
      case FrameKind.epoch:
        break;
    }
  }

  /** Takes note that compaction has copied a record to another place. */
  relocate(record: IndexedRecord, place: RecordPlace): void {
    const { kind, collection, key, offset, expires } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    const isCurrent = this.get(collection, key)?.offset === offset;
    if (kind === FrameKind.put && !isCurrent) {
      segment.stalePuts++;
      return;
    }
    segment.liveBytes += byteLength;
    if (kind === FrameKind.delete) segment.tombstoneBytes += byteLength;
    if (isCurrent) this.#indexOf(collection).set(key, entryOf(place, offset, expires));
  }

  /** A view that later records do not change. */
  snapshot(): KeyspaceReader {
    const readers = new Map<ByteString, IndexReader<IndexEntry>>();
    for (const [name, index] of this.#collections) readers.set(name, index.snapshot());
    const names = this.collectionNames();
    return { collection: (name) => readers.get(name), collectionNames: () => names };
  }

  #indexOf(collection: ByteString): BTree<IndexEntry> {
    let index = this.#collections.get(collection);
    if (index === undefined) {
      index = new BTree();
      this.#collections.set(collection, index);
    }
    return index;
  }

  #remove(collection: ByteString, key: ByteString): IndexEntry | undefined {
    const index = this.#collections.get(collection);
    const previous = index?.delete(key);
    if (index?.size === 0) this.#collections.delete(collection);
    return previous;
  }
}

const entryOf = (
  { segment, position, byteLength }: RecordPlace,
  offset: LogOffset,
  expires: TimestampMs | null,
): IndexEntry => ({ segment, position, byteLength, offset, expires });

function discard(previous: IndexEntry | undefined): void {
  if (previous === undefined) return;
  previous.segment.liveBytes -= previous.byteLength;
  previous.segment.stalePuts++;
}

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);
