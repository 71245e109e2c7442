/** A chunk as long as this has its own memory; shorter ones are put together. */
const longChunkBytes = 16 * 1024;
const firstBlockBytes = 16 * 1024;
const maxBlockBytes = 1024 * 1024;

/**
 * Bytes that come in chunks, to be had in one piece. A sender may cut them into chunks of one byte, each of
 * which would take hundreds: short ones are copied into blocks, each twice as long as the one before.
 */
export class GatheredBytes {
  /** Full, in order. */
  #parts: Uint8Array[] = [];
  /** Where short chunks go, and how much of it is used. */
  #block: Uint8Array | undefined;
  #blockUsed = 0;
  #nextBlockBytes = firstBlockBytes;
  #length = 0;
  #allocatedBytes = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** How much memory is taken for them. Invariant: length ≤ allocatedBytes. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** How many pieces they are held in. */
  get pieces(): number {
    return this.#parts.length + (this.#block === undefined ? 0 : 1);
  }

  /** The chunk must not be changed any more. */
  add(chunk: Uint8Array): void {
    let rest = chunk;
    // A block is filled up before anything else, so that one is unused in part at most.
    while (rest.length > 0) {
      if (this.#block === undefined && (rest.length >= longChunkBytes || this.#length === 0)) {
        // Most bodies are one chunk, which need not be copied.
        this.#parts.push(rest);
        this.#allocatedBytes += rest.length;
        this.#length += rest.length;
        return;
      }
      const copied = this.#copy(rest);
      this.#length += copied;
      rest = rest.subarray(copied);
    }
  }

  /** All of them; nothing is left. */
  take(): Uint8Array {
    this.#seal();
    const parts = this.#parts;
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    this.#allocatedBytes = 0;
    this.#nextBlockBytes = firstBlockBytes;
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts, length);
  }

  /** Copies as much as goes into the block. Returns how much that is. */
  #copy(chunk: Uint8Array): number {
    const block = (this.#block ??= this.#newBlock());
    const fitting = chunk.subarray(0, block.length - this.#blockUsed);
    block.set(fitting, this.#blockUsed);
    this.#blockUsed += fitting.length;
    if (this.#blockUsed === block.length) this.#seal();
    return fitting.length;
  }

  #newBlock(): Uint8Array {
    const block = Buffer.allocUnsafeSlow(this.#nextBlockBytes);
    this.#allocatedBytes += block.length;
    this.#nextBlockBytes = Math.min(2 * block.length, maxBlockBytes);
    return block;
  }

  /** Makes a part of what the block has. */
  #seal(): void {
    if (this.#block === undefined) return;
    this.#parts.push(this.#block.subarray(0, this.#blockUsed));
    this.#block = undefined;
    this.#blockUsed = 0;
  }
}
