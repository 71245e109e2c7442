import type { IndexEntry } from "../index/entry-codec.ts";
import type { IndexCursor } from "../index/ordered-index.ts";
import { byteStringOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import type { TimestampMs } from "../scalars.ts";

import { isExpired } from "./entry-reader.ts";
import { keyRangeOf, type RangeOptions } from "./key-range.ts";
import type { StableState } from "./view.ts";

// How many entries are given before others have their turn of the event loop.
const entriesPerTurn = 256;

/** What an iterator needs of what it reads. */
export interface RangeSource {
  /** The state at the beginning; undefined where there is nothing at all. Throws ClosedError. */
  begin(): StableState | undefined;
  readonly now: () => TimestampMs;
  readonly collection: ByteString;
}

/** An iteration that has begun. */
interface Progress {
  readonly state: StableState;
  readonly log: Log;
  readonly cursor: IndexCursor<IndexEntry>;
  readonly now: TimestampMs;
  left: number;
}

/**
 * Goes through a range of keys in their order, as it was when it began, whatever is written since. Used
 * by `for await`, it lets others have their turn of the event loop now and then; used by `for`, it does
 * not, and takes half the time. It begins with its first `next` or `seek`, and ends at the end of the
 * range, by `return` (which loops call that are left early) or by `using`; until then it holds disk space
 * that compaction could free. One that has ended stays at its end.
 */
export class RangeIterator<Item> implements AsyncIterableIterator<Item>, Iterable<Item> {
  readonly #source: RangeSource;
  readonly #range: RangeOptions;
  readonly #read: (log: Log, key: ByteString, entry: IndexEntry) => Item;
  #progress: Progress | "not begun" | "ended" = "not begun";
  #inTurn = 0;
  // The last `next` that waits for another turn: those behind it come after it.
  #later: Promise<unknown> | undefined;

  constructor(
    source: RangeSource,
    range: RangeOptions,
    read: (log: Log, key: ByteString, entry: IndexEntry) => Item,
  ) {
    this.#source = source;
    this.#range = range;
    this.#read = read;
  }

  /**
   * Goes to the first key of the range that is `key` or comes behind it in the iterator's direction, be
   * that ahead or back: the next entry is that of this key.
   */
  seek(key: string): void {
    this.#begun()?.cursor.seek(byteStringOf(key));
  }

  /** The next entry. Rejects with CorruptionError where its record is damaged. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#later !== undefined || ++this.#inTurn >= entriesPerTurn) return this.#nextLater();
    try {
      return Promise.resolve(this.nextSync());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As `next`, at once; throws where that rejects. */
  nextSync(): IteratorResult<Item, undefined> {
    const progress = this.#begun();
    if (progress === undefined) return { done: true, value: undefined };
    const { cursor, log, now } = progress;
    try {
      while (progress.left > 0 && cursor.next()) {
        const entry = cursor.value;
        if (entry.expires !== null && isExpired(entry.expires, () => now)) continue;
        progress.left--;
        return { done: false, value: this.#read(log, cursor.key, entry) };
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  /** Ends the iteration. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.iterator](): IterableIterator<Item, undefined> {
    const iterator: IterableIterator<Item, undefined> = {
      next: () => this.nextSync(),
      return: () => {
        this.#end();
        return { done: true, value: undefined };
      },
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #nextLater(): Promise<IteratorResult<Item, undefined>> {
    this.#inTurn = 0;
    const turn = this.#later ?? new Promise((resolve) => setImmediate(resolve));
    const result = turn.then(() => {
      if (this.#later === settled) this.#later = undefined;
      return this.nextSync();
    });
    const settled: Promise<unknown> = result.catch(() => {}); // Its caller has been told.
    this.#later = settled;
    return result;
  }

  #begun(): Progress | undefined {
    if (this.#progress === "ended") return undefined;
    if (this.#progress === "not begun") this.#progress = this.#begin() ?? "ended";
    return this.#progress === "ended" ? undefined : this.#progress;
  }

  #begin(): Progress | undefined {
    const keyRange = keyRangeOf(this.#range);
    const state = this.#source.begin();
    if (state === undefined) return undefined;
    const index = state.keyspace.collection(this.#source.collection);
    if (keyRange === undefined || index === undefined) {
      state.done();
      return undefined;
    }
    const { reverse = false, limit = Infinity } = this.#range;
    const cursor = index.cursor(keyRange, reverse);
    return { state, log: state.log, cursor, now: this.#source.now(), left: limit };
  }

  #end(): void {
    const progress = this.#progress;
    this.#progress = "ended";
    if (typeof progress === "object") progress.state.done();
  }
}
