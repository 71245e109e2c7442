import type { Survival } from "./survival.ts";
import type { UnsyncedContent } from "./unsynced-change.ts";

type PendingChange = UnsyncedContent & {
  /** What a write wrote, kept from when the file's own bytes no longer tell it. */
  readonly bytes?: Uint8Array;
};

interface PreImage {
  readonly position: number;
  readonly bytes: Uint8Array;
}

const initialCapacityBytes = 256;

/**
 * The content of one file in memory, as it is and as of the last `datasync`.
 *
 * Nothing is copied for an append, the usual case: the durable content is the first
 * `durableSize` bytes, and each pending write is a range of the current bytes. Only when something
 * already there is overwritten or cut, the bytes that are about to go are saved: as a pre-image
 * where they are durable, in their pending write where they are not. So `datasync` costs nothing.
 */
export class MemoryFile {
  readonly kind = "file";
  /** How many names and open handles keep the content alive. */
  references = 0;
  // Invariant: all bytes from #size on are zero, so that growing reveals zeros.
  #bytes: Uint8Array;
  #size: number;
  #durableSize: number;
  /** In the order made. */
  #pending: PendingChange[] = [];
  /** Invariant: the pending writes before this place hold their own bytes, those after do not. */
  #savedPending = 0;
  /** Durable bytes that are no longer current, in the order saved. All lie below #durableSize. */
  #preImages: PreImage[] = [];

  /** Begins with `bytes` as durable content, and owns them from then on. */
  constructor(bytes: Uint8Array = new Uint8Array(initialCapacityBytes), size = 0) {
    this.#bytes = bytes;
    this.#size = size;
    this.#durableSize = size;
  }

  static of(bytes: Uint8Array): MemoryFile {
    return new MemoryFile(bytes.slice(), bytes.byteLength);
  }

  get size(): number {
    return this.#size;
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(position + target.byteLength, this.#size);
    if (end <= position) return 0;
    target.set(this.#bytes.subarray(position, end));
    return end - position;
  }

  /** A copy of the current content. */
  content(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  write(bytes: Uint8Array, position: number, sequence: number): void {
    const length = bytes.byteLength;
    if (length === 0) return;
    const end = position + length;
    if (position < this.#size) this.#saveBeforeLoss(position, Math.min(end, this.#size));
    this.#reserve(end);
    this.#bytes.set(bytes, position);
    this.#size = Math.max(this.#size, end);
    this.#pending.push({ kind: "write", sequence, position, length });
  }

  truncate(size: number, sequence: number): void {
    if (size < this.#size) {
      this.#saveBeforeLoss(size, this.#size);
      this.#bytes.fill(0, size, this.#size);
    } else {
      this.#reserve(size);
    }
    this.#size = size;
    this.#pending.push({ kind: "truncate", sequence, size });
  }

  datasync(): void {
    this.#durableSize = this.#size;
    this.#pending = [];
    this.#savedPending = 0;
    this.#preImages = [];
  }

  /** Flips one bit, counted from the first byte's lowest, of the current and the durable content. */
  flipBit(bit: number): void {
    const position = Math.floor(bit / 8);
    const mask = 1 << (bit % 8);
    if (position >= this.#size) throw new RangeError(`bit ${bit} lies behind the file's end`);
    const flip = (bytes: Uint8Array, at: number): void => {
      const byte = bytes[at];
      if (byte !== undefined) bytes[at] = byte ^ mask;
    };
    flip(this.#bytes, position);
    this.#preImages = this.#preImages.map((preImage) => {
      const bytes = preImage.bytes.slice();
      flip(bytes, position - preImage.position);
      return { position: preImage.position, bytes };
    });
  }

  /** A copy, durable state and pending changes included. */
  clone(): MemoryFile {
    const copy = new MemoryFile(this.content(), this.#size);
    copy.#durableSize = this.#durableSize;
    copy.#pending = [...this.#pending];
    copy.#savedPending = this.#savedPending;
    copy.#preImages = [...this.#preImages];
    return copy;
  }

  /** What is there after a power cut: the durable content, and of each change what `keep` says. */
  afterPowerCut(keep: (change: UnsyncedContent) => Survival): MemoryFile {
    this.#savePending();
    const survivor = new MemoryFile(this.#durableContent(), this.#durableSize);
    for (const change of this.#pending) {
      const survival = keep(change);
      if (survival === false) continue;
      if (change.kind === "truncate") {
        survivor.truncate(change.size, change.sequence);
      } else if (survival === "size") {
        const end = change.position + change.length;
        if (end > survivor.size) survivor.truncate(end, change.sequence);
      } else if (change.bytes !== undefined) {
        const from = survival === true ? 0 : Math.max(0, survival.from);
        const to = survival === true ? change.length : survival.to;
        survivor.write(change.bytes.subarray(from, to), change.position + from, change.sequence);
      }
    }
    survivor.datasync();
    return survivor;
  }

  #durableContent(): Uint8Array {
    const content = new Uint8Array(this.#durableSize);
    content.set(this.#bytes.subarray(0, Math.min(this.#size, this.#durableSize)));
    // Newest first: where two overlap, the older one holds the durable bytes.
    for (const preImage of this.#preImages.toReversed()) {
      content.set(preImage.bytes, preImage.position);
    }
    return content;
  }

  /** Called before the current bytes from `position` up to `end` are overwritten or cut. */
  #saveBeforeLoss(position: number, end: number): void {
    this.#savePending();
    const durableEnd = Math.min(end, this.#durableSize);
    if (position < durableEnd) {
      this.#preImages.push({ position, bytes: this.#bytes.slice(position, durableEnd) });
    }
  }

  #savePending(): void {
    for (; this.#savedPending < this.#pending.length; this.#savedPending += 1) {
      const change = this.#pending[this.#savedPending];
      if (change?.kind !== "write") continue;
      const bytes = this.#bytes.slice(change.position, change.position + change.length);
      this.#pending[this.#savedPending] = { ...change, bytes };
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.byteLength) return;
    const bytes = new Uint8Array(Math.max(size, this.#bytes.byteLength * 2));
    bytes.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = bytes;
  }
}
