import { checkPosition } from "./file-position.ts";
import { writeFully, type FileHandle } from "./filesystem.ts";
import type { MemoryDisk } from "./memory-disk.ts";
import type { MemoryFile } from "./memory-file.ts";
import { SystemError } from "./system-error.ts";

/** An open file in memory. Operations take effect when they are called. */
export class MemoryFileHandle implements FileHandle {
  readonly path: string;
  readonly #file: MemoryFile;
  readonly #disk: MemoryDisk;
  readonly #writable: boolean;
  #closed = false;

  constructor(path: string, file: MemoryFile, disk: MemoryDisk, writable: boolean) {
    this.path = path;
    this.#file = file;
    this.#disk = disk;
    this.#writable = writable;
    disk.acquire(file);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return this.readSync(target, position);
  }

  readSync(target: Uint8Array, position: number): number {
    this.#checkOpen("read");
    checkPosition(position, "read", this.path);
    return this.#file.read(target, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    this.#checkWritable("write");
    checkPosition(position, "write", this.path);
    const growth = Math.max(0, position + bytes.byteLength - this.#file.size);
    const missing = Math.max(0, growth - this.#disk.freeBytes);
    // As a real disk does, take what fits and fail the next call.
    const taken = growth === 0 ? bytes.byteLength : bytes.byteLength - missing;
    if (taken <= 0 && bytes.byteLength > 0) throw new SystemError("ENOSPC", "write", this.path);
    this.#disk.resize(this.#file, () => {
      this.#file.write(bytes.subarray(0, taken), position, this.#disk.nextSequence());
    });
    return taken;
  }

  async writeDurably(bytes: Uint8Array, position: number): Promise<void> {
    await writeFully(this, bytes, position);
    await this.datasync();
  }

  async datasync(): Promise<void> {
    this.#checkOpen("fdatasync");
    this.#file.datasync();
  }

  async truncate(size: number): Promise<void> {
    this.#checkWritable("ftruncate");
    checkPosition(size, "ftruncate", this.path);
    const growth = size - this.#file.size;
    if (growth > 0 && growth > this.#disk.freeBytes) {
      throw new SystemError("ENOSPC", "ftruncate", this.path);
    }
    this.#disk.resize(this.#file, () => this.#file.truncate(size, this.#disk.nextSequence()));
  }

  async size(): Promise<number> {
    this.#checkOpen("fstat");
    return this.#file.size;
  }

  /** Closing twice is fine. It works after a crash too, so that clean-up needs no care. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#disk.release(this.#file);
  }

  #checkOpen(syscall: string): void {
    this.#disk.checkPower(syscall, this.path);
    if (this.#closed) {
      throw new SystemError("EBADF", syscall, this.path, "the file was closed before");
    }
  }

  #checkWritable(syscall: string): void {
    this.#checkOpen(syscall);
    if (!this.#writable) {
      throw new SystemError("EBADF", syscall, this.path, "the file was opened for reading only");
    }
  }
}
