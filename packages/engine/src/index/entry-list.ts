import { headAt, type KeyBytes } from "./key-bytes.ts";
import type { TreePage } from "./tree-page.ts";

const noMemory = Buffer.alloc(0);

/**
 * Entries that were taken out of pages, in order, to be dealt out to pages again: how pages are split,
 * merged and given another prefix. Keeps its memory for the next time.
 */
export class EntryList {
  // The keys one behind the other, four zeros after each, so that a head can be read anywhere.
  #bytes = noMemory;
  #starts = new Uint32Array(0);
  #lengths = new Uint32Array(0);
  #words = new Uint32Array(0);
  #end = 0;
  count = 0;

  clear(): this {
    this.count = 0;
    this.#end = 0;
    return this;
  }

  /** Adds the entries of a page from index `from` up to but without `to`. */
  take(page: TreePage, from: number, to: number): this {
    for (let index = from; index < to; index++) {
      const length = page.keyLength(index);
      const start = this.#append(length, page.word0(index), page.word1(index));
      page.copyKey(index, this.#bytes, start);
    }
    return this;
  }

  add(key: KeyBytes, word0: number, word1: number): this {
    const start = this.#append(key.length, word0, word1);
    this.#bytes.set(key.bytes.subarray(0, key.length), start);
    return this;
  }

  /** Drops all entries but the first `count`. */
  truncate(count: number): void {
    if (count < this.count) this.#end = this.start(count);
    this.count = Math.min(count, this.count);
  }

  /** Where the key at `index` begins in `bytes`. */
  start(index: number): number {
    return this.#starts[index] ?? 0;
  }

  keyLength(index: number): number {
    return this.#lengths[index] ?? 0;
  }

  /** All keys; see `start`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  word0(index: number): number {
    return this.#words[index * 2] ?? 0;
  }

  word1(index: number): number {
    return this.#words[index * 2 + 1] ?? 0;
  }

  /** The four bytes of the key at `index` from `from` on, with zeros behind its end. */
  headAt(index: number, from: number): number {
    return headAt(this.#bytes, this.start(index) + from);
  }

  /** With how many bytes both keys begin. */
  sharedLength(first: number, second: number): number {
    const [firstStart, secondStart] = [this.start(first), this.start(second)];
    const atMost = Math.min(this.keyLength(first), this.keyLength(second));
    let length = 0;
    while (
      length < atMost &&
      this.#bytes[firstStart + length] === this.#bytes[secondStart + length]
    ) {
      length++;
    }
    return length;
  }

  /** Puts the shortest key into `key` that is above the entry before `index` and not above the one at it. */
  copySeparator(index: number, key: KeyBytes): void {
    const length = Math.min(this.sharedLength(index - 1, index) + 1, this.keyLength(index));
    this.#copy(index, length, key);
  }

  copyKey(index: number, key: KeyBytes): void {
    this.#copy(index, this.keyLength(index), key);
  }

  #copy(index: number, length: number, key: KeyBytes): void {
    const start = this.start(index);
    key.bytes.set(this.#bytes.subarray(start, start + length));
    key.end(length);
  }

  /** Makes room for a key; returns where to write it. */
  #append(length: number, word0: number, word1: number): number {
    const index = this.count++;
    if (index >= this.#starts.length) {
      const capacity = Math.max(256, index * 2);
      this.#starts = enlarged(this.#starts, capacity);
      this.#lengths = enlarged(this.#lengths, capacity);
      this.#words = enlarged(this.#words, capacity * 2);
    }
    const start = this.#end;
    const end = start + length;
    if (end + 4 > this.#bytes.length) {
      const bytes = Buffer.alloc(Math.max(8192, end * 2));
      this.#bytes.copy(bytes);
      this.#bytes = bytes;
    }
    this.#bytes[end] = 0;
    this.#bytes[end + 1] = 0;
    this.#bytes[end + 2] = 0;
    this.#bytes[end + 3] = 0;
    this.#starts[index] = start;
    this.#lengths[index] = length;
    this.#words[index * 2] = word0;
    this.#words[index * 2 + 1] = word1;
    this.#end = end + 4;
    return start;
  }
}

function enlarged(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
