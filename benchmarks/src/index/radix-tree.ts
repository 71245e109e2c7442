/**
 * An adaptive radix tree in typed arrays (Leis, Kemper, Neumann: The Adaptive Radix Tree, ICDE 2013): each
 * node branches by one byte of the key and has one of four sizes; the bytes that all keys below it share
 * are skipped at once.
 *
 *     pointer := address << 1 | isLeaf                            0 for none
 *     leaf    := value keyLength key:byte[keyLength] padding
 *     node    := size | count << 8 | prefixLength << 20   prefix:byte[8]   branches
 *
 *     branches of size 0, 1 := bytes in order, children in the same order          up to 4, 16
 *     branches of size 2    := for each byte, 1 + the place of its child; children up to 48
 *     branches of size 3    := for each byte, its child
 *
 * All of it in words of 32 bits, bytes from the highest down. Keys are ASCII without NUL: a key ends like
 * one that goes on with zeros.
 */
import type { IndexDesign } from "./index-design.ts";
import { RadixMemory } from "./radix-memory.ts";

const prefixAtMost = 8;
const firstBranch = 3;

type Size = 0 | 1 | 2 | 3;

/**
 * By the size of a node: for how many children it has room, how many words of bytes stand before them, how
 * many words it takes, and what size comes next.
 */
const nodeSizes: Readonly<Record<Size, NodeSize>> = {
  0: { children: 4, byteWords: 1, words: firstBranch + 1 + 4, larger: 1 },
  1: { children: 16, byteWords: 4, words: firstBranch + 4 + 16, larger: 2 },
  2: { children: 48, byteWords: 64, words: firstBranch + 64 + 48, larger: 3 },
  3: { children: 256, byteWords: 0, words: firstBranch + 256, larger: 3 },
};

interface NodeSize {
  readonly children: number;
  readonly byteWords: number;
  readonly words: number;
  readonly larger: Size;
}

const sizeOf = (header: number): Size => (header & 3) as Size;
const countOf = (header: number): number => (header >>> 8) & 0xfff;
const prefixLengthOf = (header: number): number => header >>> 20;
const headerOf = (size: Size, count: number, prefixLength: number): number =>
  size | (count << 8) | (prefixLength << 20);

const longestKey = 1024;

export class RadixTree implements IndexDesign {
  readonly #memory = new RadixMemory();
  // Where the pointer to the topmost node stands.
  readonly #root = this.#memory.allocate(1);
  // The key at hand; zeros follow it.
  readonly #key = new Uint32Array(longestKey / 4 + 4);
  #keyLength = 0;

  set(key: string, value: number): void {
    this.#load(key);
    const memory = this.#memory;
    let slot = this.#root;
    let depth = 0;
    for (;;) {
      const pointer = memory.read(slot);
      if (pointer === 0) {
        memory.write(slot, this.#newLeaf(value));
        return;
      }
      const address = pointer >>> 1;
      if ((pointer & 1) === 1) {
        if (this.#isAtLeaf(address)) memory.write(address, value);
        else this.#splitLeaf(slot, pointer, depth, value);
        return;
      }
      const prefixLength = prefixLengthOf(memory.read(address));
      const shared = this.#sharedWithPrefix(address, prefixLength, depth);
      if (shared < prefixLength) {
        this.#splitPrefix(slot, address, shared, depth, value);
        return;
      }
      depth += prefixLength;
      const child = this.#childSlot(address, this.#byteAt(depth));
      if (child === 0) {
        this.#addChild(slot, this.#byteAt(depth), this.#newLeaf(value));
        return;
      }
      slot = child;
      depth++;
    }
  }

  get(key: string): number | undefined {
    this.#load(key);
    const memory = this.#memory;
    let pointer = memory.read(this.#root);
    let depth = 0;
    while ((pointer & 1) === 0) {
      if (pointer === 0) return undefined;
      const address = pointer >>> 1;
      const prefixLength = prefixLengthOf(memory.read(address));
      if (this.#sharedWithPrefix(address, prefixLength, depth) < prefixLength) return undefined;
      depth += prefixLength;
      const slot = this.#childSlot(address, this.#byteAt(depth));
      if (slot === 0) return undefined;
      pointer = memory.read(slot);
      depth++;
    }
    return this.#isAtLeaf(pointer >>> 1) ? memory.read(pointer >>> 1) : undefined;
  }

  scan(visit: (key: string, value: number) => void): void {
    const key = Buffer.alloc(longestKey + 3);
    this.#walk(this.#memory.read(this.#root), (leaf) => {
      const length = this.#memory.read(leaf + 1);
      for (let at = 0; at < length; at += 4)
        key.writeUInt32BE(this.#memory.read(leaf + 2 + at / 4), at);
      visit(key.toString("latin1", 0, length), this.#memory.read(leaf));
    });
  }

  sum(): number {
    let sum = 0;
    this.#walk(this.#memory.read(this.#root), (leaf) => {
      sum += this.#memory.read(leaf);
    });
    return sum;
  }

  #walk(pointer: number, visit: (leaf: number) => void): void {
    if (pointer === 0) return;
    const address = pointer >>> 1;
    if ((pointer & 1) === 1) {
      visit(address);
      return;
    }
    const header = this.#memory.read(address);
    const size = sizeOf(header);
    if (size < 2) {
      const children = address + firstBranch + nodeSizes[size].byteWords;
      for (let index = 0; index < countOf(header); index++) {
        this.#walk(this.#memory.read(children + index), visit);
      }
      return;
    }
    for (let byte = 0; byte < 256; byte++) {
      const slot = this.#childSlot(address, byte);
      if (slot !== 0) this.#walk(this.#memory.read(slot), visit);
    }
  }

  #load(key: string): void {
    const { length } = key;
    if (length > longestKey) throw new Error(`assertion failed: a key of ${length} bytes`);
    const words = this.#key;
    const whole = length & ~3;
    for (let at = 0; at < whole; at += 4) {
      words[at >>> 2] =
        (key.charCodeAt(at) << 24) |
        (key.charCodeAt(at + 1) << 16) |
        (key.charCodeAt(at + 2) << 8) |
        key.charCodeAt(at + 3);
    }
    let rest = 0;
    for (let at = whole; at < length; at++) rest |= key.charCodeAt(at) << (24 - (at & 3) * 8);
    words[whole >>> 2] = rest;
    words.fill(0, (whole >>> 2) + 1, (whole >>> 2) + 4);
    this.#keyLength = length;
  }

  #byteAt(depth: number): number {
    return ((this.#key[depth >>> 2] ?? 0) >>> (24 - (depth & 3) * 8)) & 0xff;
  }

  /** Byte `index` of the bytes that begin at a word. */
  #packedByte(address: number, index: number): number {
    return (this.#memory.read(address + (index >>> 2)) >>> (24 - (index & 3) * 8)) & 0xff;
  }

  #setPackedByte(address: number, index: number, byte: number): void {
    const at = address + (index >>> 2);
    const shift = 24 - (index & 3) * 8;
    const others = this.#memory.read(at) & ~(0xff << shift);
    this.#memory.write(at, others | (byte << shift));
  }

  #newLeaf(value: number): number {
    const words = (this.#keyLength + 3) >>> 2;
    const address = this.#memory.allocate(2 + words);
    this.#memory.write(address, value);
    this.#memory.write(address + 1, this.#keyLength);
    for (let at = 0; at < words; at++) this.#memory.write(address + 2 + at, this.#key[at] ?? 0);
    return ((address << 1) | 1) >>> 0;
  }

  #isAtLeaf(address: number): boolean {
    if (this.#memory.read(address + 1) !== this.#keyLength) return false;
    const words = (this.#keyLength + 3) >>> 2;
    for (let at = 0; at < words; at++) {
      if (this.#memory.read(address + 2 + at) !== this.#key[at]) return false;
    }
    return true;
  }

  #sharedWithPrefix(address: number, prefixLength: number, depth: number): number {
    let shared = 0;
    while (
      shared < prefixLength &&
      this.#packedByte(address + 1, shared) === this.#byteAt(depth + shared)
    ) {
      shared++;
    }
    return shared;
  }

  /** The address of the pointer to the child for a byte; 0 where there is none. */
  #childSlot(address: number, byte: number): number {
    const header = this.#memory.read(address);
    const size = sizeOf(header);
    const branches = address + firstBranch;
    if (size === 3) {
      const slot = branches + byte;
      return this.#memory.read(slot) === 0 ? 0 : slot;
    }
    if (size === 2) {
      const place = this.#packedByte(branches, byte);
      return place === 0 ? 0 : branches + 64 + place - 1;
    }
    const count = countOf(header);
    for (let index = 0; index < count; index++) {
      if (this.#packedByte(branches, index) === byte) {
        return branches + nodeSizes[size].byteWords + index;
      }
    }
    return 0;
  }

  /** A node without children whose prefix is `length` bytes of the key from `depth` on. */
  #newNode(depth: number, length: number): number {
    const address = this.#memory.allocate(nodeSizes[0].words);
    this.#memory.write(address, headerOf(0, 0, length));
    for (let at = 0; at < length; at++) {
      this.#setPackedByte(address + 1, at, this.#byteAt(depth + at));
    }
    return address;
  }

  /** Puts a node in the place of a leaf, with that leaf and a new one for the key at hand below it. */
  #splitLeaf(slot: number, leaf: number, depth: number, value: number): void {
    const byteOfLeaf = (at: number): number =>
      at < this.#memory.read((leaf >>> 1) + 1) ? this.#packedByte((leaf >>> 1) + 2, at) : 0;
    let end = depth;
    while (byteOfLeaf(end) === this.#byteAt(end)) end++;
    let top = slot;
    let from = depth;
    // What is shared may be longer than the prefix of one node.
    while (end - from > prefixAtMost) {
      this.#memory.write(top, this.#newNode(from, prefixAtMost) << 1);
      top = this.#addChild(top, this.#byteAt(from + prefixAtMost), leaf);
      from += prefixAtMost + 1;
    }
    this.#memory.write(top, this.#newNode(from, end - from) << 1);
    this.#addChild(top, byteOfLeaf(end), leaf);
    this.#addChild(top, this.#byteAt(end), this.#newLeaf(value));
  }

  /** Puts a node above another one of whose prefix only `shared` bytes fit the key at hand. */
  #splitPrefix(slot: number, address: number, shared: number, depth: number, value: number): void {
    const memory = this.#memory;
    const header = memory.read(address);
    const prefixLength = prefixLengthOf(header);
    const byte = this.#packedByte(address + 1, shared);
    const left = prefixLength - shared - 1;
    for (let at = 0; at < left; at++) {
      this.#setPackedByte(address + 1, at, this.#packedByte(address + 1, shared + 1 + at));
    }
    memory.write(address, headerOf(sizeOf(header), countOf(header), left));
    memory.write(slot, this.#newNode(depth, shared) << 1);
    this.#addChild(slot, byte, address << 1);
    this.#addChild(slot, this.#byteAt(depth + shared), this.#newLeaf(value));
  }

  /** Adds a child to the node to which the pointer at `slot` leads; returns where the pointer to it stands. */
  #addChild(slot: number, byte: number, child: number): number {
    const memory = this.#memory;
    let address = memory.read(slot) >>> 1;
    let header = memory.read(address);
    if (countOf(header) === nodeSizes[sizeOf(header)].children) {
      address = this.#enlarged(address);
      memory.write(slot, address << 1);
      header = memory.read(address);
    }
    const size = sizeOf(header);
    const count = countOf(header);
    memory.write(address, headerOf(size, count + 1, prefixLengthOf(header)));
    const branches = address + firstBranch;
    const children = branches + nodeSizes[size].byteWords;
    let place = size === 3 ? byte : count;
    if (size < 2) {
      while (place > 0 && this.#packedByte(branches, place - 1) > byte) {
        this.#setPackedByte(branches, place, this.#packedByte(branches, place - 1));
        memory.write(children + place, memory.read(children + place - 1));
        place--;
      }
      this.#setPackedByte(branches, place, byte);
    } else if (size === 2) {
      this.#setPackedByte(branches, byte, count + 1);
    }
    memory.write(children + place, child);
    return children + place;
  }

  /** Moves a full node to one of the next size; returns its address. */
  #enlarged(address: number): number {
    const memory = this.#memory;
    const header = memory.read(address);
    const size = sizeOf(header);
    const { larger: largerSize, words } = nodeSizes[size];
    const larger = memory.allocate(nodeSizes[largerSize].words);
    memory.write(larger, headerOf(largerSize, 0, prefixLengthOf(header)));
    memory.write(larger + 1, memory.read(address + 1));
    memory.write(larger + 2, memory.read(address + 2));
    // `#addChild` wants a pointer to the node that it adds to.
    const slot = memory.allocate(1);
    memory.write(slot, larger << 1);
    for (let byte = 0; byte < 256; byte++) {
      const child = this.#childSlot(address, byte);
      if (child !== 0) this.#addChild(slot, byte, memory.read(child));
    }
    memory.release(slot, 1);
    memory.release(address, words);
    return larger;
  }
}
