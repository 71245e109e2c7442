import type { IndexEntry } from "../index/entry-codec.ts";
import type { KeyspaceReader } from "../index/keyspace.ts";
import { byteStringOf, textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { checkKey } from "../names.ts";
import type { TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import { isExpired, liveEntries, readEntry, type Entry } from "./entry-reader.ts";
import type { RangeOptions } from "./key-range.ts";

/** A log and an index to it: of a database as it is, or as it was. */
export interface ReadableState {
  readonly log: Log;
  readonly keyspace: KeyspaceReader;
}

/** Where a collection is read from. */
export interface ReadSource {
  readonly now: () => TimestampMs;
  /** What single reads see; undefined where there is nothing at all. Throws ClosedError. */
  state(): ReadableState | undefined;
  /** What an iteration sees from its beginning to its end. `done` is called when it is over. */
  stableState(): { readonly state: ReadableState; readonly done: () => void } | undefined;
}

// How many entries an iterator yields before it lets others have their turn of the event loop.
const entriesPerTurn = 256;

/**
 * Reads a collection. Keys come in the order of their UTF-8 bytes. Reads see committed records only;
 * `get` and its like read the disk at once, which blocks while a page is not in the operating system's
 * cache.
 */
export class CollectionReader<Value extends StorableShape = Storable> {
  readonly name: string;
  readonly #source: ReadSource;
  readonly #nameBytes: ByteString;

  constructor(source: ReadSource, name: string) {
    this.name = name;
    this.#source = source;
    this.#nameBytes = byteStringOf(name);
  }

  /** The value of a key; undefined where there is none. Rejects with CorruptionError where it is damaged. */
  async get(key: string): Promise<Value | undefined> {
    return this.getSync(key);
  }

  /** As `get`, without a promise. */
  getSync(key: string): Value | undefined {
    return this.getEntry(key)?.value;
  }

  /** The value of a key with its offset and expiry; undefined where there is none. */
  getEntry(key: string): Entry<Value> | undefined {
    const found = this.#find(key);
    if (found === undefined) return undefined;
    return readEntry(found.log, found.keyBytes, found.entry) as Entry<Value>;
  }

  /** The values of many keys, in the order of the keys; undefined where there is none. */
  async getMany(keys: readonly string[]): Promise<(Value | undefined)[]> {
    return keys.map((key) => this.getSync(key));
  }

  /** Whether a key has a value. Reads no disk. */
  async has(key: string): Promise<boolean> {
    return this.#find(key) !== undefined;
  }

  /** Keys and values in key order, as they were when the iteration began, whatever is written since. */
  async *entries(range: RangeOptions = {}): AsyncIterableIterator<[string, Value]> {
    for await (const { key, value } of this.list(range)) yield [key, value];
  }

  /** As `entries`, without the keys. */
  async *values(range: RangeOptions = {}): AsyncIterableIterator<Value> {
    for await (const { value } of this.list(range)) yield value;
  }

  /** As `entries`, without the values. Reads no disk. */
  async *keys(range: RangeOptions = {}): AsyncIterableIterator<string> {
    yield* this.#iterate(range, (_log, key) => textOf(key));
  }

  /** As `entries`, with offsets and expiries. */
  async *list(range: RangeOptions = {}): AsyncIterableIterator<Entry<Value>> {
    yield* this.#iterate(range, (log, key, entry) => readEntry(log, key, entry) as Entry<Value>);
  }

  /** How many keys lie in a range. Reads no disk. */
  count(range: RangeOptions = {}): number {
    const index = this.#source.state()?.keyspace.collection(this.#nameBytes);
    let count = 0;
    for (const _ of liveEntries(index, range, this.#source.now)) count++;
    return count;
  }

  #find(
    key: string,
  ): { readonly log: Log; readonly keyBytes: ByteString; readonly entry: IndexEntry } | undefined {
    checkKey(key);
    const state = this.#source.state();
    const keyBytes = byteStringOf(key);
    const entry = state?.keyspace.collection(this.#nameBytes)?.get(keyBytes);
    if (state === undefined || entry === undefined) return undefined;
    if (isExpired(entry.expires, this.#source.now)) return undefined;
    return { log: state.log, keyBytes, entry };
  }

  async *#iterate<Item>(
    range: RangeOptions,
    read: (log: Log, key: ByteString, entry: IndexEntry) => Item,
  ): AsyncIterableIterator<Item> {
    const stable = this.#source.stableState();
    if (stable === undefined) return;
    const { log, keyspace } = stable.state;
    const now = this.#source.now();
    try {
      const index = keyspace.collection(this.#nameBytes);
      let inTurn = 0;
      for (const [key, entry] of liveEntries(index, range, () => now)) {
        if (++inTurn === entriesPerTurn) {
          inTurn = 0;
          await new Promise((resolve) => setImmediate(resolve));
        }
        yield read(log, key, entry);
      }
    } finally {
      stable.done();
    }
  }
}
