import type { ByteString } from "../log/byte-string.ts";
import type { ExpirySchedule } from "../log/expiry-schedule.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordPlace } from "../log/log.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import { isSystemCollection } from "../names.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import { EntryCodec, type IndexEntry } from "./entry-codec.ts";
import type { IndexReader, WordPair } from "./ordered-index.ts";
import { PackedBTree, type TreeShape } from "./packed-btree.ts";
import { PageStore, type PageImage } from "./page-store.ts";

/** The parts of a record that the index needs. */
export type IndexedRecord = Pick<
  RecordEnvelope,
  "kind" | "offset" | "collection" | "key" | "expires"
>;

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

/** All of a keyspace at one moment, for writing it out. Keeps memory, so it must be released. */
export interface KeyspaceImage {
  readonly collections: readonly ({ readonly name: ByteString } & TreeShape)[];
  readonly pages: PageImage;
  /** The number that the pages have for a segment; undefined where none refers to it. */
  numberOf(segment: Segment): number | undefined;
}

/** What a keyspace is made of again: see KeyspaceImage. */
export interface StoredKeyspace {
  readonly collections: KeyspaceImage["collections"];
  readonly pages: PageStore;
  /** By the numbers that the pages have for them. */
  readonly segments: readonly (Segment | undefined)[];
}

/** How many keys `sweep` remembers at once. */
const sweptAtOnce = 10_000;

/**
 * The index of a database: an ordered index for each collection. Also keeps the counts of its
 * segments (live bytes, stale records), since it alone knows when a record is replaced.
 */
export class Keyspace implements KeyspaceReader {
  readonly #pages: PageStore;
  readonly #codec: EntryCodec;
  readonly #collections = new Map<ByteString, PackedBTree<IndexEntry>>();

  /** Empty, unless it is made of what a checkpoint has kept. */
  constructor(stored?: StoredKeyspace) {
    this.#pages = stored?.pages ?? new PageStore();
    this.#codec = new EntryCodec(stored?.segments);
    for (const { name, ...shape } of stored?.collections ?? []) this.#indexOf(name).adopt(shape);
  }

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

  /** How many snapshots and images of it are not released yet. */
  get snapshots(): number {
    return this.#pages.snapshots;
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
    const { kind, offset, collection, key } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    segment.liveBytes += byteLength;
    switch (kind) {
      case FrameKind.put:
        this.#put(collection, key, place, record.expires, offset);
        break;
      case FrameKind.delete:
        segment.tombstoneBytes += byteLength;
        this.#delete(collection, key, offset);
        break;
      case FrameKind.epoch:
        break;
    }
  }

  /**
   * Takes note that compaction has copied a record of a run of segments to another place. It is current
   * if its key still leads into the run, of which no more than one record of a key was kept. It was
   * current when all below `keptAt` had been applied.
   */
  relocate(
    record: IndexedRecord,
    place: RecordPlace,
    run: ReadonlySet<Segment>,
    keptAt: LogOffset,
  ): void {
    const { kind, collection, key, expires } = record;
    const { segment, byteLength } = place;
    segment.recordBytes += byteLength;
    const current = kind === FrameKind.put ? this.get(collection, key) : undefined;
    const isCurrent = current !== undefined && run.has(current.segment);
    if (kind === FrameKind.put && !isCurrent) {
      segment.noteStale(keptAt);
      return;
    }
    segment.liveBytes += byteLength;
    if (kind === FrameKind.delete) segment.tombstoneBytes += byteLength;
    if (!isCurrent) return;
    current.segment.keys--;
    segment.keys++;
    if (expires !== null) scheduleOf(segment, collection).add(expires, byteLength);
    this.#indexOf(collection).set(key, place.position, this.#codec.secondWord(place, expires));
  }

  /** Takes out a record of `segment` that has expired and that compaction has left out, if it is current. */
  forget(record: IndexedRecord & Pick<RecordPlace, "position">, segment: Segment): void {
    const { collection, key, position } = record;
    const index = this.#collections.get(collection);
    const current = index?.get(key);
    if (current?.segment !== segment || current.position !== position) return;
    if (index?.delete(key) !== true) return;
    segment.keys--;
    this.#dropIfEmpty(collection, index);
  }

  /**
   * Forgets the keys whose records stand in segments that are gone: compaction has left those records
   * out of what replaced them, as they were not to be seen any more.
   */
  sweep(gone: ReadonlySet<Segment>): void {
    for (const name of this.collectionNames()) {
      let from: ByteString | undefined = "" as ByteString;
      while (from !== undefined) from = this.#sweepFrom(name, from, gone);
    }
  }

  /** Returns from where to sweep on; undefined at the collection's end. */
  #sweepFrom(
    name: ByteString,
    from: ByteString,
    gone: ReadonlySet<Segment>,
  ): ByteString | undefined {
    const lower = { key: from, inclusive: true };
    const keys: ByteString[] = [];
    for (const [key, { segment }] of this.collection(name)?.entries({ lower }, false) ?? []) {
      if (gone.has(segment)) keys.push(key);
      if (keys.length === sweptAtOnce) break;
    }
    for (const key of keys) this.#delete(name, key, 0 as LogOffset);
    return keys.length === sweptAtOnce ? keys.at(-1) : undefined;
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

  /** The index as it is now; no later record changes what its pages hold until it is released. */
  image(): KeyspaceImage {
    const numbers = this.#codec.numbers();
    return {
      collections: [...this.#collections].map(([name, index]) => ({ name, ...index.shape })),
      pages: this.#pages.image(),
      numberOf: (segment) => numbers.get(segment),
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
    offset: LogOffset,
  ): void {
    const index = this.#indexOf(collection);
    const word1 = this.#codec.secondWord(place, expires);
    place.segment.keys++;
    if (expires !== null) scheduleOf(place.segment, collection).add(expires, place.byteLength);
    if (index.set(key, place.position, word1)) {
      this.#discard(index.previous, collection, offset);
    }
  }

  #delete(collection: ByteString, key: ByteString, offset: LogOffset): void {
    const index = this.#collections.get(collection);
    if (index === undefined || !index.delete(key)) return;
    this.#discard(index.previous, collection, offset);
    this.#dropIfEmpty(collection, index);
  }

  #dropIfEmpty(collection: ByteString, index: PackedBTree<IndexEntry>): void {
    if (index.size > 0) return;
    index.release();
    this.#collections.delete(collection);
  }

  /** Counts a record of a collection as one that the record at `offset` has replaced. */
  #discard({ word0, word1 }: WordPair, collection: ByteString, offset: LogOffset): void {
    const segment = this.#codec.segmentOf(word1);
    const byteLength = this.#codec.byteLengthOf(word0, word1);
    const expires = this.#codec.expiresOf(word0, word1);
    segment.liveBytes -= byteLength;
    if (expires !== null) scheduleOf(segment, collection).remove(expires, byteLength);
    segment.keys--;
    segment.noteStale(offset);
  }
}

/** Where a segment counts what expires of a collection. */
const scheduleOf = (segment: Segment, collection: ByteString): ExpirySchedule =>
  isSystemCollection(collection) ? segment.noteExpiries : segment.expiries;

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);
