import type { IndexEntry } from "../index/entry-codec.ts";
import { byteStringOf, textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { keyBytesOf } from "../names.ts";
import type { TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import { isExpired, readEntry, readValue, type Entry } from "./entry-reader.ts";
import { keyRangeOf, type RangeOptions } from "./key-range.ts";
import { RangeIterator } from "./range-iterator.ts";
import type { ReadableState, StableState } from "./view.ts";

/** Where a collection is read from. */
export interface ReadSource {
  readonly now: () => TimestampMs;
  /** What single reads see; undefined where there is nothing at all. Throws ClosedError. */
  state(): ReadableState | undefined;
  /** What an iteration sees from its beginning to its end. */
  stableState(): StableState | undefined;
}

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
    const found = this.#find(key);
    if (found === undefined) return undefined;
    return readValue(found.log, found.key, found.entry) as Value;
  }

  /** The value of a key with its offset and expiry; undefined where there is none. */
  getEntry(key: string): Entry<Value> | undefined {
    const found = this.#find(key);
    if (found === undefined) return undefined;
    return readEntry(found.log, found.key, found.entry) as Entry<Value>;
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
  entries(range: RangeOptions = {}): RangeIterator<[string, Value]> {
    return this.#iterate(range, (log, key, entry) => [
      textOf(key),
      readValue(log, key, entry) as Value,
    ]);
  }

  /** As `entries`, without the keys. */
  values(range: RangeOptions = {}): RangeIterator<Value> {
    return this.#iterate(range, (log, key, entry) => readValue(log, key, entry) as Value);
  }

  /** As `entries`, without the values. Reads no disk. */
  keys(range: RangeOptions = {}): RangeIterator<string> {
    return this.#iterate(range, (_log, key) => textOf(key));
  }

  /** As `entries`, with offsets and expiries. */
  list(range: RangeOptions = {}): RangeIterator<Entry<Value>> {
    return this.#iterate(range, (log, key, entry) => readEntry(log, key, entry) as Entry<Value>);
  }

  /** How many keys lie in a range. Reads no disk. */
  count(range: RangeOptions = {}): number {
    const keyRange = keyRangeOf(range);
    const index = this.#source.state()?.keyspace.collection(this.#nameBytes);
    if (keyRange === undefined || index === undefined) return 0;
    const { limit = Infinity } = range;
    const cursor = index.cursor(keyRange, false);
    let count = 0;
    while (count < limit && cursor.next()) {
      if (!isExpired(cursor.value.expires, this.#source.now)) count++;
    }
    return count;
  }

  #find(
    text: string,
  ): { readonly log: Log; readonly key: ByteString; readonly entry: IndexEntry } | undefined {
    const key = keyBytesOf(text);
    const state = this.#source.state();
    const entry = state?.keyspace.collection(this.#nameBytes)?.get(key);
    if (state === undefined || entry === undefined) return undefined;
    if (isExpired(entry.expires, this.#source.now)) return undefined;
    return { log: state.log, key, entry };
  }

  #iterate<Item>(
    range: RangeOptions,
    read: (log: Log, key: ByteString, entry: IndexEntry) => Item,
  ): RangeIterator<Item> {
    const source = {
      begin: () => this.#source.stableState(),
      now: this.#source.now,
      collection: this.#nameBytes,
    };
    return new RangeIterator(source, range, read);
  }
}
