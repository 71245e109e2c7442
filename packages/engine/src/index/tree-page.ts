/**
 * One page of the B+tree: sorted keys, each with a value of a fixed number of 32-bit words.
 *
 *      0       2       4         6        8       12        16        16 + 8 × count
 *     +-------+-------+---------+--------+-------+---------+---------+-----+------+--------+
 *     | count | heap  | garbage | prefix | left  | (spare) | slots   |  …  | heap | prefix |
 *     |       | start | bytes   | length | child |         |         |     |      |        |
 *     +-------+-------+---------+--------+-------+---------+---------+-----+------+--------+
 *
 *     slot := head:u32 place:u16 suffixLength:u16
 *     heap := (value:u32[valueWords] suffix:byte[suffixLength] padding)*      grows downwards
 *
 * The bytes with which all keys of the page begin are stored once, at its end; a key is this prefix and
 * its own suffix. `head` is the first four bytes of the suffix as a big-endian number, zeros where it is
 * shorter, so that most comparisons touch the slots only. `place` counts from the page's start. Other
 * integers are in the machine's order, which is little-endian wherever Node.js runs.
 */
import type { ByteString } from "../log/byte-string.ts";

import { offsetOf, pageBytes, type Slab } from "./page-store.ts";

const headerBytes = 16;
const slotBytes = 8;

/** About what an entry takes beside its key's suffix, in bytes. */
export const entryOverheadBytes = 16;

/** A key and its value, outside of a page. */
export interface PageEntry {
  readonly key: ByteString;
  readonly value: readonly number[];
}

/**
 * A view of one page after the other. Every method is about the page that `moveTo` went to last; a page
 * must be initialised by `clear` or `rewrite` first.
 */
export class TreePage {
  readonly #valueWords: number;
  #bytes: Buffer = Buffer.alloc(0);
  #halves = new Uint16Array(0);
  #words = new Uint32Array(0);
  // Where the page begins, in bytes, halves and words.
  #byte0 = 0;
  #half0 = 0;
  #word0 = 0;

  /** `valueWords`: how many 32-bit words a value has. */
  constructor(valueWords: number) {
    this.#valueWords = valueWords;
  }

  moveTo(slab: Slab, page: number): this {
    this.#bytes = slab.bytes;
    this.#halves = slab.halves;
    this.#words = slab.words;
    this.#byte0 = offsetOf(page);
    this.#half0 = this.#byte0 >>> 1;
    this.#word0 = this.#byte0 >>> 2;
    return this;
  }

  get count(): number {
    return this.#halves[this.#half0] ?? 0;
  }

  /** In a branch: the page that holds the keys below the first one here. */
  get leftChild(): number {
    return this.#words[this.#word0 + 2] ?? 0;
  }

  set leftChild(page: number) {
    this.#words[this.#word0 + 2] = page;
  }

  /** Bytes that are neither free nor garbage. */
  get usedBytes(): number {
    return pageBytes - this.#freeBytes - this.#garbageBytes;
  }

  /** One word of the value at `index`. */
  value(index: number, word: number): number {
    return this.#words[this.#word0 + (this.#place(index) >>> 2) + word] ?? 0;
  }

  setValue(index: number, word: number, value: number): void {
    this.#words[this.#word0 + (this.#place(index) >>> 2) + word] = value;
  }

  key(index: number): ByteString {
    const prefixStart = this.#byte0 + pageBytes - this.#prefixLength;
    const prefix = this.#bytes.toString("latin1", prefixStart, this.#byte0 + pageBytes);
    const start = this.#suffixStart(index);
    const end = start + this.#suffixLength(index);
    return (prefix + this.#bytes.toString("latin1", start, end)) as ByteString;
  }

  /** The first index whose key is not below `key`; `count` where there is none. */
  lowerBound(key: ByteString): number {
    return this.#bound(key, 0);
  }

  /** The first index whose key is above `key`; `count` where there is none. */
  upperBound(key: ByteString): number {
    return this.#bound(key, 1);
  }

  /** Whether the key at `index`, which may be `count`, is `key`. */
  holds(index: number, key: ByteString): boolean {
    const prefixLength = this.#prefixLength;
    return (
      index < this.count &&
      key.length === prefixLength + this.#suffixLength(index) &&
      this.#comparePrefix(key) === 0 &&
      this.#compareSuffix(index, key, prefixLength) === 0
    );
  }

  /** Makes the page hold nothing, under a prefix that all its keys will have. */
  clear(prefix: string): void {
    const length = prefix.length;
    const heapStart = pageBytes - aligned(length);
    this.#halves[this.#half0] = 0;
    this.#halves[this.#half0 + 1] = heapStart;
    this.#halves[this.#half0 + 2] = 0;
    this.#halves[this.#half0 + 3] = length;
    this.#bytes.write(prefix, this.#byte0 + pageBytes - length, "latin1");
  }

  /** Makes the page hold these entries, in their order; false, and nothing done, where there is no room. */
  rewrite(entries: readonly PageEntry[]): boolean {
    const prefix = commonPrefix(entries);
    let needed = headerBytes + aligned(prefix.length);
    for (const { key } of entries) needed += this.#entryBytes(key.length - prefix.length);
    if (needed > pageBytes) return false;
    this.clear(prefix);
    for (const { key, value } of entries) this.insert(this.count, key, value);
    return true;
  }

  /** All that the page holds. */
  entries(): PageEntry[] {
    return Array.from({ length: this.count }, (_, index) => ({
      key: this.key(index),
      value: Array.from({ length: this.#valueWords }, (_, word) => this.value(index, word)),
    }));
  }

  /**
   * Inserts an entry at `index`; false, and nothing done, where there is no room or the key has not the
   * page's prefix.
   */
  insert(index: number, key: ByteString, value: readonly number[]): boolean {
    const prefixLength = this.#prefixLength;
    if (key.length < prefixLength || this.#comparePrefix(key) !== 0) return false;
    const suffixLength = key.length - prefixLength;
    const needed = this.#entryBytes(suffixLength);
    if (needed > this.#freeBytes) {
      if (needed > this.#freeBytes + this.#garbageBytes) return false;
      this.#collectGarbage();
    }
    const { count } = this;
    const place = (this.#halves[this.#half0 + 1] ?? 0) - (needed - slotBytes);
    const slot = this.#slotWord(index);
    this.#words.copyWithin(slot + 2, slot, this.#slotWord(count));
    this.#words[slot] = headOf(key, prefixLength);
    this.#words[slot + 1] = place | (suffixLength << 16);
    this.#halves[this.#half0] = count + 1;
    this.#halves[this.#half0 + 1] = place;
    for (let word = 0; word < this.#valueWords; word++)
      this.setValue(index, word, value[word] ?? 0);
    if (suffixLength > 0) {
      const suffix = prefixLength === 0 ? key : key.slice(prefixLength);
      this.#bytes.write(suffix, this.#suffixStart(index), "latin1");
    }
    return true;
  }

  remove(index: number): void {
    const { count } = this;
    const slot = this.#slotWord(index);
    this.#halves[this.#half0 + 2] =
      this.#garbageBytes + this.#entryBytes(this.#suffixLength(index)) - slotBytes;
    this.#words.copyWithin(slot, slot + 2, this.#slotWord(count));
    this.#halves[this.#half0] = count - 1;
  }

  get #freeBytes(): number {
    return (this.#halves[this.#half0 + 1] ?? 0) - headerBytes - slotBytes * this.count;
  }

  get #garbageBytes(): number {
    return this.#halves[this.#half0 + 2] ?? 0;
  }

  get #prefixLength(): number {
    return this.#halves[this.#half0 + 3] ?? 0;
  }

  #slotWord(index: number): number {
    return this.#word0 + headerBytes / 4 + index * 2;
  }

  #place(index: number): number {
    return (this.#words[this.#slotWord(index) + 1] ?? 0) & 0xffff;
  }

  #suffixLength(index: number): number {
    return (this.#words[this.#slotWord(index) + 1] ?? 0) >>> 16;
  }

  #suffixStart(index: number): number {
    return this.#byte0 + this.#place(index) + this.#valueWords * 4;
  }

  /** What an entry takes, its slot included. */
  #entryBytes(suffixLength: number): number {
    return slotBytes + aligned(this.#valueWords * 4 + suffixLength);
  }

  /** The first index whose key is not below (`above` 0) or is above (1) `key`. */
  #bound(key: ByteString, above: 0 | 1): number {
    const { count } = this;
    const prefix = this.#comparePrefix(key);
    if (prefix !== 0) return prefix < 0 ? 0 : count;
    const prefixLength = this.#prefixLength;
    const head = headOf(key, prefixLength);
    const slots = this.#slotWord(0);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const middleHead = this.#words[slots + middle * 2] ?? 0;
      const isBelow =
        middleHead === head
          ? this.#compareSuffix(middle, key, prefixLength) < above
          : middleHead < head;
      if (isBelow) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Below 0 where `key` sorts before all keys with the page's prefix, above 0 where after, else 0. */
  #comparePrefix(key: ByteString): number {
    const length = this.#prefixLength;
    const start = this.#byte0 + pageBytes - length;
    for (let index = 0; index < length; index++) {
      if (index >= key.length) return -1;
      const difference = key.charCodeAt(index) - (this.#bytes[start + index] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Compares the suffix at `index` with the rest of `key` behind the prefix. */
  #compareSuffix(index: number, key: ByteString, prefixLength: number): number {
    const start = this.#suffixStart(index);
    const length = this.#suffixLength(index);
    const keyLength = key.length - prefixLength;
    const shorter = Math.min(length, keyLength);
    for (let at = 0; at < shorter; at++) {
      const difference = (this.#bytes[start + at] ?? 0) - key.charCodeAt(prefixLength + at);
      if (difference !== 0) return difference;
    }
    return length - keyLength;
  }

  #collectGarbage(): void {
    const entries = this.entries();
    const { leftChild } = this;
    // The prefix may not grow by this: keys that are to come need the one that is there.
    const start = this.#byte0 + pageBytes - this.#prefixLength;
    this.clear(this.#bytes.toString("latin1", start, this.#byte0 + pageBytes));
    for (const { key, value } of entries) this.insert(this.count, key, value);
    this.leftChild = leftChild;
  }
}

const aligned = (bytes: number): number => (bytes + 3) & ~3;

function headOf(key: ByteString, from: number): number {
  const left = key.length - from;
  const byte = (index: number): number => (index < left ? key.charCodeAt(from + index) : 0);
  return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
}

/** The longest string with which all keys of sorted entries begin: that of the first and the last. */
export function commonPrefix(entries: readonly PageEntry[]): string {
  const first = entries[0]?.key ?? "";
  const last = entries.at(-1)?.key ?? "";
  let length = 0;
  while (length < first.length && first.charCodeAt(length) === last.charCodeAt(length)) length++;
  return first.slice(0, length);
}
