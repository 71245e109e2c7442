import type { FileHandle } from "../filesystem/filesystem.ts";

/** A part of a file in memory, for reading it from front to back in large steps. */
export class FileWindow {
  readonly #file: FileHandle;
  readonly #stepBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(file: FileHandle, stepBytes: number) {
    this.#file = file;
    this.#stepBytes = stepBytes;
  }

  /**
   * Resolves to a buffer and the place in it where byte `position` of the file stands. There are at
   * least `length` bytes from there, fewer only where the file ends.
   */
  async at(position: number, length: number): Promise<{ bytes: Buffer; start: number }> {
    const start = position - this.#position;
    if (start < 0 || start + length > this.#bytes.byteLength) {
      // A new buffer each time: earlier ones may still be in the hands of the caller.
      const bytes = Buffer.allocUnsafe(Math.max(length, this.#stepBytes));
      const count = await this.#file.read(bytes, position);
      this.#bytes = bytes.subarray(0, count);
      this.#position = position;
      return { bytes: this.#bytes, start: 0 };
    }
    return { bytes: this.#bytes, start };
  }
}
