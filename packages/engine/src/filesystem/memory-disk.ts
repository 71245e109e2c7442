import type { MemoryFile } from "./memory-file.ts";
import { CrashedError } from "./system-error.ts";

/** What the files of one file system in memory share: its space, its power and its order of changes. */
export class MemoryDisk {
  /** How many bytes all files together may have. */
  capacityBytes: number;
  /** The sizes of all files that have a name or an open handle. */
  #usedBytes = 0;
  #nextSequence = 0;
  #crashed = false;

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  /** May be negative, once the capacity was reduced. */
  get freeBytes(): number {
    return this.capacityBytes - this.#usedBytes;
  }

  cutPower(): void {
    this.#crashed = true;
  }

  checkPower(syscall: string, path: string): void {
    if (this.#crashed) throw new CrashedError(syscall, path);
  }

  /** Numbers the next change. */
  nextSequence(): number {
    const sequence = this.#nextSequence;
    this.#nextSequence += 1;
    return sequence;
  }

  /** Lets the changes of a copy be numbered on from those of its original. */
  continueAfter(original: MemoryDisk): void {
    this.#nextSequence = original.#nextSequence;
  }

  /** One more name or handle leads to `file`. */
  acquire(file: MemoryFile): void {
    if (file.references === 0) this.#usedBytes += file.size;
    file.references += 1;
  }

  /** One name or handle less leads to `file`; its space is free after the last. */
  release(file: MemoryFile): void {
    file.references -= 1;
    if (file.references === 0) this.#usedBytes -= file.size;
  }

  /** Does what may change the size of `file`, and counts the difference. */
  resize(file: MemoryFile, change: () => void): void {
    const before = file.size;
    change();
    this.#usedBytes += file.size - before;
  }
}
