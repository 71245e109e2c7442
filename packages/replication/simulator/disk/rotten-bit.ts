import type { MemoryFileSystem } from "@boxerdb/engine";

/** So many bytes before and behind a bit tell whether it is still the one that was flipped. */
const aroundBytes = 16;

/** A bit on a disk that is no longer what was written. */
export class RottenBit {
  readonly path: string;
  /** Bit 0 is the lowest of the first byte. */
  readonly bit: number;
  readonly #start: number;
  /** What stands around it since. */
  readonly #around: Uint8Array;

  /** Flips a bit of a file, durably. */
  constructor(content: MemoryFileSystem, path: string, bit: number) {
    content.flipBit(path, bit);
    this.path = path;
    this.bit = bit;
    const position = Math.floor(bit / 8);
    this.#start = Math.max(0, position - aroundBytes);
    this.#around = content.readBytes(path).slice(this.#start, position + aroundBytes);
  }

  /** Whether it is on a disk: its file may be gone, or hold other things. */
  isOn(content: MemoryFileSystem): boolean {
    if (!content.fileNames().includes(this.path)) return false;
    const bytes = content.readBytes(this.path);
    return this.#around.every((byte, index) => byte === bytes[this.#start + index]);
  }

  /** Makes it again what was written. */
  mend(content: MemoryFileSystem): void {
    content.flipBit(this.path, this.bit);
  }

  toString(): string {
    return `bit ${this.bit} of ${this.path}`;
  }
}
