/**
 * Keeps the blocks of segment files that were read last, in memory of a fixed size: a call to the
 * kernel takes longer than all else that a read has to do. Blocks are replaced by the clock
 * algorithm: one that was used since the hand last passed it is spared once. The last block of the
 * active segment grows here as it does on disk.
 *
 * A frame's checksum is seen to once as long as its block stays. Which frames it fitted is marked by
 * the 16 bytes in which they begin, as no two frames begin in the same.
 */
import { validFrameEnd } from "./frame.ts";
import type { Segment } from "./segment.ts";

/**
 * A block's length in bytes: as long as a page of the system's cache. Where nearly every read is of another
 * block, longer ones cost more to copy than their neighbours are worth (16 KiB: 8 µs a read against 6).
 */
export const blockBytes = 4096;
const blockBits = 12;
const blocksPerSlab = 256;
/** Longer records are not kept: they would drive all others out. */
const keptRecordBytes = 64 << 10;
const marksPerBlock = blockBytes / 16;

/** Where bytes were found: valid until the next call only. */
export interface FoundBytes {
  readonly bytes: Buffer;
  readonly start: number;
}

export class BlockCache {
  readonly #capacity: number;
  readonly #slabs: Buffer[] = [];
  readonly #owners: (Segment | undefined)[] = [];
  readonly #ownerBlocks: Uint32Array;
  readonly #wasUsed: Uint8Array;
  // One bit for each mark; see above.
  readonly #marks: Uint32Array;
  #hand = 0;
  // Reused for what does not lie within one block.
  #joined = Buffer.allocUnsafe(blockBytes);
  #hits = 0;
  #misses = 0;

  /** Takes up to `memoryBytes`, as blocks come in; with less than a block takes, keeps nothing. */
  constructor(memoryBytes: number) {
    this.#capacity = Math.floor(memoryBytes / blockBytes);
    this.#ownerBlocks = new Uint32Array(this.#capacity);
    this.#wasUsed = new Uint8Array(this.#capacity);
    this.#marks = new Uint32Array((this.#capacity * marksPerBlock) / 32);
  }

  /** How often a block was there, and how often it had to be read, since the store was opened. */
  get status(): { readonly hits: number; readonly misses: number; readonly bytes: number } {
    const bytes = this.#slabs.length * blocksPerSlab * blockBytes;
    return { hits: this.#hits, misses: this.#misses, bytes };
  }

  /**
   * Finds the frame of `length` bytes at `position`; undefined where there is no valid one. Its bytes stay
   * as they are until the next call.
   */
  readFrame(segment: Segment, position: number, length: number): FoundBytes | undefined {
    const offset = position & (blockBytes - 1);
    if (offset + length <= blockBytes) {
      const frame = this.#frameOf(segment, position >>> blockBits);
      if (frame !== undefined) {
        const bytes = this.#slabOf(frame);
        const start = frameStart(frame) + offset;
        const mark = frame * marksPerBlock + (offset >>> 4);
        const marks = this.#marks[mark >>> 5] ?? 0;
        const bit = 1 << (mark & 31);
        if ((marks & bit) === 0) {
          if (validFrameEnd(bytes, start, start + length) !== start + length) return undefined;
          this.#marks[mark >>> 5] = marks | bit;
        }
        return { bytes, start };
      }
    }
    const found = this.#readJoined(segment, position, length);
    if (found === undefined) return undefined;
    const end = found.start + length;
    return validFrameEnd(found.bytes, found.start, end) === end ? found : undefined;
  }

  /** Takes note of bytes that were written at the end of a segment, whose last block may be here. */
  noteWritten(segment: Segment, position: number, bytes: Buffer): void {
    const frame = segment.cachedBlocks.get(position >>> blockBits);
    if (frame === undefined) return;
    const offset = position & (blockBytes - 1);
    bytes.copy(this.#slabOf(frame), frameStart(frame) + offset, 0, blockBytes - offset);
  }

  /** Forgets the blocks of a segment from byte `position` on; for before they are cut off. */
  forget(segment: Segment, position: number): void {
    const { cachedBlocks, byteSize } = segment;
    for (let block = position >>> blockBits; block <= byteSize >>> blockBits; block++) {
      const frame = cachedBlocks.get(block);
      if (frame === undefined) continue;
      cachedBlocks.delete(block);
      this.#owners[frame] = undefined;
      this.#wasUsed[frame] = 0;
    }
  }

  /** Reads bytes that span blocks. */
  #readJoined(segment: Segment, position: number, length: number): FoundBytes | undefined {
    if (this.#joined.byteLength < length) this.#joined = Buffer.allocUnsafe(length * 2);
    const bytes = this.#joined.subarray(0, length);
    let filled = length <= keptRecordBytes ? this.#joinBlocks(segment, position, bytes) : 0;
    if (filled < length) {
      this.#misses++;
      filled += segment.file.readSync(bytes.subarray(filled), position + filled);
    }
    return filled === length ? { bytes, start: 0 } : undefined;
  }

  /** Fills `target` from blocks; returns how many bytes could be read. */
  #joinBlocks(segment: Segment, position: number, target: Buffer): number {
    const length = target.byteLength;
    let filled = 0;
    while (filled < length) {
      const at = position + filled;
      const frame = this.#frameOf(segment, at >>> blockBits);
      if (frame === undefined) break;
      const offset = at & (blockBytes - 1);
      const count = Math.min(blockBytes - offset, length - filled);
      const from = frameStart(frame) + offset;
      this.#slabOf(frame).copy(target, filled, from, from + count);
      filled += count;
    }
    return filled;
  }

  /** The frame that holds a block; undefined where the file ends before it should. */
  #frameOf(segment: Segment, block: number): number | undefined {
    const kept = segment.cachedBlocks.get(block);
    if (kept !== undefined) {
      this.#hits++;
      this.#wasUsed[kept] = 1;
      return kept;
    }
    const from = block * blockBytes;
    const length = Math.min(blockBytes, segment.byteSize - from);
    if (length <= 0 || this.#capacity === 0) return undefined;
    this.#misses++;
    const frame = this.#takeFrame();
    const start = frameStart(frame);
    const target = this.#slabOf(frame).subarray(start, start + length);
    if (segment.file.readSync(target, from) < length) return undefined;
    this.#marks.fill(0, (frame * marksPerBlock) / 32, ((frame + 1) * marksPerBlock) / 32);
    this.#owners[frame] = segment;
    this.#ownerBlocks[frame] = block;
    this.#wasUsed[frame] = 1;
    segment.cachedBlocks.set(block, frame);
    return frame;
  }

  /** A frame that nobody owns: a new one while there is room, else the first that was not used lately. */
  #takeFrame(): number {
    const frames = this.#owners.length;
    if (frames < this.#capacity) {
      this.#owners.push(undefined);
      return frames;
    }
    for (;;) {
      const frame = this.#hand;
      this.#hand = frame + 1 === this.#capacity ? 0 : frame + 1;
      if (this.#wasUsed[frame] === 1) {
        this.#wasUsed[frame] = 0;
        continue;
      }
      this.#owners[frame]?.cachedBlocks.delete(this.#ownerBlocks[frame] ?? 0);
      this.#owners[frame] = undefined;
      return frame;
    }
  }

  #slabOf(frame: number): Buffer {
    const index = Math.floor(frame / blocksPerSlab);
    const slab = (this.#slabs[index] ??= Buffer.allocUnsafeSlow(blocksPerSlab * blockBytes));
    return slab;
  }
}

const frameStart = (frame: number): number => (frame % blocksPerSlab) * blockBytes;
