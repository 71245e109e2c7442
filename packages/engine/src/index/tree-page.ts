/**
 * One page of the B+tree: sorted keys, each with a value of one 32-bit word (in branches) or two (in
 * leaves).
 *
 *      0       2       4         6        8       12        16        16 + 8 × count
 *     +-------+-------+---------+--------+-------+---------+---------+-----+------+--------+
 *     | count | heap  | garbage | prefix | left  | (spare) | slots   |  …  | heap | prefix |
 *     |       | start | bytes   | length | child |         |         |     |      |        |
 *     +-------+-------+---------+--------+-------+---------+---------+-----+------+--------+
 *
 *     slot := head:u32 place:u16 suffixLength:u16
 *     heap := (value:u32[valueWords] rest:byte[max(suffixLength - 4, 0)] padding)*    grows downwards
 *
 * The bytes with which all keys of the page begin are stored once, at its end; a key is this prefix and
 * its own suffix. `head` is the first four bytes of the suffix as a big-endian number, zeros where it is
 * shorter, so that most comparisons touch the slots only; `rest` is what of the suffix comes behind
 * them. `place` counts from the page's start. Other integers are in the machine's order, which is
 * little-endian wherever Node.js runs.
 */
import type { EntryList } from "./entry-list.ts";
import type { KeyBytes } from "./key-bytes.ts";
import { offsetOf, pageBytes, type Slab } from "./page-store.ts";

const headerBytes = 16;
const slotBytes = 8;
const headBytes = 4;

const noSlab: Slab = {
  bytes: Buffer.alloc(0),
  halves: new Uint16Array(0),
  words: new Uint32Array(0),
};

/**
 * A view of one page after the other. Every method is about the page that `moveTo` went to last; a page
 * must be initialised by `fill` first.
 */
export class TreePage {
  readonly #valueWords: 1 | 2;
  #bytes = noSlab.bytes;
  #halves = noSlab.halves;
  #words = noSlab.words;
  // Where the page begins, in bytes, halves and words.
  #byte0 = 0;
  #half0 = 0;
  #word0 = 0;

  /** `valueWords`: how many 32-bit words a value has. */
  constructor(valueWords: 1 | 2) {
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
    return pageBytes - this.freeBytes - this.garbageBytes;
  }

  /** Bytes for new entries. */
  get freeBytes(): number {
    return (this.#halves[this.#half0 + 1] ?? 0) - headerBytes - slotBytes * this.count;
  }

  /** Bytes that removed entries have left behind. */
  get garbageBytes(): number {
    return this.#halves[this.#half0 + 2] ?? 0;
  }

  /** The first word of the value at `index`. */
  word0(index: number): number {
    return this.#words[this.#word0 + (this.#place(index) >>> 2)] ?? 0;
  }

  /** The second word of the value at `index`; without meaning in a branch. */
  word1(index: number): number {
    return this.#words[this.#word0 + (this.#place(index) >>> 2) + 1] ?? 0;
  }

  setValue(index: number, word0: number, word1: number): void {
    const at = this.#word0 + (this.#place(index) >>> 2);
    this.#words[at] = word0;
    if (this.#valueWords === 2) this.#words[at + 1] = word1;
  }

  keyLength(index: number): number {
    return this.#prefixLength + this.#suffixLength(index);
  }

  /** Writes the key at `index` to `target` from `start` on. May write three bytes more than it has. */
  copyKey(index: number, target: Uint8Array, start: number): void {
    const prefixLength = this.#prefixLength;
    const prefixStart = this.#byte0 + pageBytes - prefixLength;
    const bytes = this.#bytes;
    for (let at = 0; at < prefixLength; at++) target[start + at] = bytes[prefixStart + at] ?? 0;
    this.#copySuffix(index, target, start + prefixLength);
  }

  /** With how many bytes the key at `index` and another begin alike. */
  sharedLength(index: number, key: KeyBytes): number {
    const prefixLength = this.#prefixLength;
    const prefixStart = this.#byte0 + pageBytes - prefixLength;
    const atMost = Math.min(this.keyLength(index), key.length);
    for (let at = 0; at < atMost; at++) {
      const byte =
        at < prefixLength
          ? this.#bytes[prefixStart + at]
          : this.#suffixByte(index, at - prefixLength);
      if (byte !== key.bytes[at]) return at;
    }
    return atMost;
  }

  /** The index of a key, or, where it is not in the page, -1 - the index that it would come to. */
  search(key: KeyBytes): number {
    const words = this.#words;
    const { count } = this;
    const prefix = this.#comparePrefix(key);
    if (prefix !== 0) return prefix < 0 ? -1 : -1 - count;
    const prefixLength = this.#prefixLength;
    const head = key.headAt(prefixLength);
    const slots = this.#slotWord(0);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const middleHead = words[slots + middle * 2] ?? 0;
      if (middleHead < head) {
        low = middle + 1;
      } else if (middleHead > head) {
        high = middle;
      } else {
        const order = this.#compareRest(middle, key, prefixLength);
        if (order === 0) return middle;
        if (order < 0) low = middle + 1;
        else high = middle;
      }
    }
    return -1 - low;
  }

  /** Whether a key is above all keys of the page and begins with their prefix. */
  isBelow(key: KeyBytes): boolean {
    const { count } = this;
    if (count === 0 || this.#comparePrefix(key) !== 0) return false;
    const prefixLength = this.#prefixLength;
    const head = key.headAt(prefixLength);
    const lastHead = this.#words[this.#slotWord(count - 1)] ?? 0;
    if (lastHead !== head) return lastHead < head;
    return this.#compareRest(count - 1, key, prefixLength) < 0;
  }

  /**
   * Makes the page hold the entries of a list from index `from` up to but without `to`; false, and
   * nothing done, where there is no room. Keys lose the prefix that they share, or `prefixAtMost` bytes.
   */
  fill(list: EntryList, from: number, to: number, prefixAtMost = Infinity): boolean {
    const prefixLength = from < to ? Math.min(list.sharedLength(from, to - 1), prefixAtMost) : 0;
    if (this.#bytesOf(list, from, to, prefixLength) > pageBytes) return false;
    this.#clear(list.bytes, list.start(from), prefixLength);
    for (let index = from; index < to; index++) {
      this.#append(list, index, prefixLength);
    }
    return true;
  }

  /** Whether a page could hold the entries of a list as after `fill` and have `spareBytes` left. */
  couldHold(list: EntryList, from: number, to: number, spareBytes = 0): boolean {
    const prefixLength = from < to ? list.sharedLength(from, to - 1) : 0;
    return this.#bytesOf(list, from, to, prefixLength) + spareBytes <= pageBytes;
  }

  /** What a key would take in the page; Infinity where it has not the page's prefix. */
  bytesFor(key: KeyBytes): number {
    if (this.#comparePrefix(key) !== 0) return Infinity;
    return this.#entryBytes(key.length - this.#prefixLength);
  }

  /**
   * Inserts an entry at `index`; false, and nothing done, where the key has not the page's prefix or
   * there is no room left beside the garbage, which only `fill` takes away.
   */
  insert(index: number, key: KeyBytes, word0: number, word1: number): boolean {
    if (this.#comparePrefix(key) !== 0) return false;
    const prefixLength = this.#prefixLength;
    const suffixLength = key.length - prefixLength;
    const needed = this.#entryBytes(suffixLength);
    if (needed > this.freeBytes) return false;
    const { count } = this;
    const place = (this.#halves[this.#half0 + 1] ?? 0) - (needed - slotBytes);
    const slot = this.#slotWord(index);
    if (index < count) this.#words.copyWithin(slot + 2, slot, this.#slotWord(count));
    this.#words[slot] = key.headAt(prefixLength);
    this.#words[slot + 1] = place | (suffixLength << 16);
    this.#halves[this.#half0] = count + 1;
    this.#halves[this.#half0 + 1] = place;
    this.setValue(index, word0, word1);
    const rest = this.#restStart(index);
    const from = prefixLength + headBytes;
    for (let at = from; at < key.length; at++) this.#bytes[rest + at - from] = key.bytes[at] ?? 0;
    return true;
  }

  remove(index: number): void {
    const { count } = this;
    const slot = this.#slotWord(index);
    this.#halves[this.#half0 + 2] =
      this.garbageBytes + this.#entryBytes(this.#suffixLength(index)) - slotBytes;
    this.#words.copyWithin(slot, slot + 2, this.#slotWord(count));
    this.#halves[this.#half0] = count - 1;
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

  #restStart(index: number): number {
    return this.#byte0 + this.#place(index) + this.#valueWords * 4;
  }

  #suffixByte(index: number, at: number): number {
    return at < headBytes
      ? ((this.#words[this.#slotWord(index)] ?? 0) >>> (24 - at * 8)) & 0xff
      : (this.#bytes[this.#restStart(index) + at - headBytes] ?? 0);
  }

  /** What an entry takes, its slot included. */
  #entryBytes(suffixLength: number): number {
    return slotBytes + this.#valueWords * 4 + aligned(Math.max(suffixLength - headBytes, 0));
  }

  /** Makes the page hold nothing, under the prefix that stands at `prefixStart`. */
  #clear(prefix: Uint8Array, prefixStart: number, prefixLength: number): void {
    this.#halves[this.#half0] = 0;
    this.#halves[this.#half0 + 1] = pageBytes - aligned(prefixLength);
    this.#halves[this.#half0 + 2] = 0;
    this.#halves[this.#half0 + 3] = prefixLength;
    const start = this.#byte0 + pageBytes - prefixLength;
    for (let at = 0; at < prefixLength; at++) {
      this.#bytes[start + at] = prefix[prefixStart + at] ?? 0;
    }
  }

  #bytesOf(list: EntryList, from: number, to: number, prefixLength: number): number {
    let bytes = headerBytes + aligned(prefixLength);
    for (let index = from; index < to; index++) {
      bytes += this.#entryBytes(list.keyLength(index) - prefixLength);
    }
    return bytes;
  }

  /** Adds the entry at `index` of a list behind the others; there is room. */
  #append(list: EntryList, index: number, prefixLength: number): void {
    const { count } = this;
    const suffixLength = list.keyLength(index) - prefixLength;
    const place =
      (this.#halves[this.#half0 + 1] ?? 0) - (this.#entryBytes(suffixLength) - slotBytes);
    const slot = this.#slotWord(count);
    this.#words[slot] = list.headAt(index, prefixLength);
    this.#words[slot + 1] = place | (suffixLength << 16);
    this.#halves[this.#half0] = count + 1;
    this.#halves[this.#half0 + 1] = place;
    this.setValue(count, list.word0(index), list.word1(index));
    const rest = this.#restStart(count);
    const source = list.start(index) + prefixLength + headBytes;
    for (let at = 0; at < suffixLength - headBytes; at++) {
      this.#bytes[rest + at] = list.bytes[source + at] ?? 0;
    }
  }

  #copySuffix(index: number, target: Uint8Array, start: number): void {
    const head = this.#words[this.#slotWord(index)] ?? 0;
    target[start] = head >>> 24;
    target[start + 1] = (head >>> 16) & 0xff;
    target[start + 2] = (head >>> 8) & 0xff;
    target[start + 3] = head & 0xff;
    const rest = this.#restStart(index);
    const restLength = this.#suffixLength(index) - headBytes;
    const restTarget = start + headBytes;
    for (let at = 0; at < restLength; at++) target[restTarget + at] = this.#bytes[rest + at] ?? 0;
  }

  /** Below 0 where a key sorts before all keys with the page's prefix, above 0 where after, else 0. */
  #comparePrefix(key: KeyBytes): number {
    const length = this.#prefixLength;
    const start = this.#byte0 + pageBytes - length;
    const atMost = Math.min(length, key.length);
    for (let at = 0; at < atMost; at++) {
      const difference = (key.bytes[at] ?? 0) - (this.#bytes[start + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return key.length < length ? -1 : 0;
  }

  /** Compares the key at `index`, whose head is the same, with `key` behind that. */
  #compareRest(index: number, key: KeyBytes, prefixLength: number): number {
    const suffixLength = this.#suffixLength(index);
    const keyLength = key.length - prefixLength;
    const rest = this.#restStart(index);
    const from = prefixLength + headBytes;
    const atMost = Math.min(suffixLength, keyLength) - headBytes;
    for (let at = 0; at < atMost; at++) {
      const difference = (this.#bytes[rest + at] ?? 0) - (key.bytes[from + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return suffixLength - keyLength;
  }
}

const aligned = (bytes: number): number => (bytes + 3) & ~3;
