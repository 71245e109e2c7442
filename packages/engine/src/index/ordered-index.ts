import type { ByteString } from "../log/byte-string.ts";

/** An interval of keys; a bound that is absent does not bound. */
export interface KeyRange {
  readonly lower?: { readonly key: ByteString; readonly inclusive: boolean };
  readonly upper?: { readonly key: ByteString; readonly inclusive: boolean };
}

/** Reading an index, as it is or as it was when a snapshot was taken. */
export interface IndexReader<Value> {
  readonly size: number;
  get(key: ByteString): Value | undefined;
  /**
   * Goes through the entries of a range in the order of their keys' bytes, or against it. On an index
   * that is not a snapshot, a cursor is good until the next `set` or `delete` only.
   */
  cursor(range: KeyRange, reverse: boolean): IndexCursor<Value>;
  /** As `cursor`, for a `for` loop. */
  entries(range: KeyRange, reverse: boolean): IterableIterator<readonly [ByteString, Value]>;
}

/** A place in a range of an index: before the first entry, at one of them, or behind the last. */
export interface IndexCursor<Value> {
  /** Goes to the next entry; false where there is none, and from then on until `seek`. */
  next(): boolean;
  /** The key of the entry that `next` went to. Built each time that it is asked for. */
  readonly key: ByteString;
  /** The value of the entry that `next` went to. Decoded each time that it is asked for. */
  readonly value: Value;
  /**
   * Goes to just before the first entry in the range whose key is `key` or behind it in the cursor's
   * direction, be it ahead or back: `next` goes to that entry.
   */
  seek(key: ByteString): void;
}

/** What an index keeps for a key: two numbers of 32 bits. */
export interface WordPair {
  readonly word0: number;
  readonly word1: number;
}

/** A map from keys to pairs of words, ordered by the keys' bytes, that reads give as values. */
export interface OrderedIndex<Value> extends IndexReader<Value> {
  /** Sets the words of a key; returns whether it had others, which then are in `previous`. */
  set(key: ByteString, word0: number, word1: number): boolean;
  /** Removes a key; returns whether it was there. Its words then are in `previous`. */
  delete(key: ByteString): boolean;
  /** The words that the last `set` replaced or the last `delete` removed. */
  readonly previous: WordPair;
  /** A view that no later `set` or `delete` changes. Costs nothing until then. */
  snapshot(): IndexReader<Value>;
}

/** The smallest byte string that is greater than all that begin with `prefix`; undefined for none. */
export function prefixEnd(prefix: ByteString): ByteString | undefined {
  for (let last = prefix.length - 1; last >= 0; last--) {
    const byte = prefix.charCodeAt(last);
    if (byte < 0xff) {
      return (prefix.slice(0, last) + String.fromCharCode(byte + 1)) as ByteString;
    }
  }
  return undefined;
}
