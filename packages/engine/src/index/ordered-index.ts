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
  /** Entries in the order of their keys' bytes, or against it. */
  entries(range: KeyRange, reverse: boolean): IterableIterator<readonly [ByteString, Value]>;
}

/** A map that is ordered by the keys' bytes. */
export interface OrderedIndex<Value> extends IndexReader<Value> {
  /** Sets a value; returns the one that it replaced. */
  set(key: ByteString, value: Value): Value | undefined;
  /** Removes a key; returns the value that it had. */
  delete(key: ByteString): Value | undefined;
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
