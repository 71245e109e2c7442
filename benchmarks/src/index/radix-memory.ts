/**
 * Memory for the nodes of a radix tree: 32-bit words in large typed arrays, and the blocks of it that were
 * given back, by their length. An address is the number of a word.
 */

const chunkBits = 18;
const chunkWords = 1 << chunkBits;

export class RadixMemory {
  readonly #chunks: Uint32Array[] = [];
  // Addresses of free blocks, by their length in words.
  readonly #free = new Map<number, number[]>();
  // Address 0 means nothing, so no block begins there.
  #next = 1;

  /** A block of words that are all 0. It lies within one chunk. */
  allocate(words: number): number {
    const free = this.#free.get(words)?.pop();
    if (free !== undefined) {
      this.chunkOf(free).fill(0, free & (chunkWords - 1), (free & (chunkWords - 1)) + words);
      return free;
    }
    const used = this.#next & (chunkWords - 1);
    if (used + words > chunkWords) this.#next += chunkWords - used;
    const address = this.#next;
    if (address >>> chunkBits === this.#chunks.length) {
      this.#chunks.push(new Uint32Array(chunkWords));
    }
    this.#next += words;
    return address;
  }

  release(address: number, words: number): void {
    const free = this.#free.get(words);
    if (free === undefined) this.#free.set(words, [address]);
    else free.push(address);
  }

  /** The memory around an address. */
  chunkOf(address: number): Uint32Array {
    const chunk = this.#chunks[address >>> chunkBits];
    if (chunk === undefined) throw new Error(`assertion failed: there is no address ${address}`);
    return chunk;
  }

  read(address: number): number {
    return this.chunkOf(address)[address & (chunkWords - 1)] ?? 0;
  }

  write(address: number, word: number): void {
    this.chunkOf(address)[address & (chunkWords - 1)] = word;
  }
}
