import type { DirectoryEntry, FileHandle, FileSystem, OpenMode } from "@boxerdb/engine";

import type { SimulatedProcess } from "../time/simulated-process.ts";

import type { SimulatedDisk } from "./simulated-disk.ts";

/** What one process sees of a disk: the content, as slow and as faulty as the disk is. */
export class SimulatedFileSystem implements FileSystem {
  readonly #content: FileSystem;
  readonly #disk: SimulatedDisk;
  readonly #owner: SimulatedProcess;
  /** Files that the process has open. */
  readonly #open = new Set<FileHandle>();

  constructor(content: FileSystem, disk: SimulatedDisk, owner: SimulatedProcess) {
    this.#content = content;
    this.#disk = disk;
    this.#owner = owner;
  }

  /** Closes what the process left open, as the kernel does. */
  release(): void {
    for (const file of this.#open) void file.close();
    this.#open.clear();
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const failure = this.#disk.failureOf(mode === "create" ? "write" : "read", "open", path);
    const file = await this.#disk.operate(this.#owner, "metadata", failure, async () => {
      const opened = await this.#content.open(path, mode);
      this.#open.add(opened);
      return opened;
    });
    return new SimulatedFileHandle(file, this.#disk, this.#owner, () => this.#open.delete(file));
  }

  makeDirectory(path: string): Promise<boolean> {
    return this.#change("mkdir", path, () => this.#content.makeDirectory(path));
  }

  list(path: string): Promise<readonly DirectoryEntry[]> {
    const failure = this.#disk.failureOf("read", "scandir", path);
    const work = (): Promise<readonly DirectoryEntry[]> => this.#content.list(path);
    return this.#disk.operate(this.#owner, "metadata", failure, work);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change("rename", from, () => this.#content.rename(from, to));
  }

  link(from: string, to: string): Promise<void> {
    return this.#change("link", from, () => this.#content.link(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#change("unlink", path, () => this.#content.remove(path));
  }

  removeTree(path: string): Promise<void> {
    return this.#change("rm", path, () => this.#content.removeTree(path));
  }

  syncDirectory(path: string): Promise<void> {
    const failure = this.#disk.failureOf("sync", "fsync", path);
    const work = (): Promise<void> => this.#content.syncDirectory(path);
    return this.#disk.operate(this.#owner, "sync", failure, work);
  }

  #change<Result>(syscall: string, path: string, work: () => Promise<Result>): Promise<Result> {
    const failure = this.#disk.failureOf("write", syscall, path);
    return this.#disk.operate(this.#owner, "metadata", failure, work);
  }
}

class SimulatedFileHandle implements FileHandle {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #disk: SimulatedDisk;
  readonly #owner: SimulatedProcess;
  readonly #onClose: () => void;
  /**
   * A sync has failed. The kernel has marked the pages clean that it could not write, so that later
   * syncs succeed and do nothing: who tries again and believes it loses data.
   */
  #hasLostPages = false;

  constructor(file: FileHandle, disk: SimulatedDisk, owner: SimulatedProcess, onClose: () => void) {
    this.path = file.path;
    this.#file = file;
    this.#disk = disk;
    this.#owner = owner;
    this.#onClose = onClose;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    const failure = this.#disk.failureOf("read", "read", this.path);
    const work = (): Promise<number> => this.#file.read(target, position);
    return this.#disk.operate(this.#owner, "read", failure, work);
  }

  /** Takes no virtual time: code that waits for it does nothing else meanwhile. */
  readSync(target: Uint8Array, position: number): number {
    const failure = this.#disk.failureOf("read", "read", this.path);
    if (failure !== undefined) throw failure.error;
    return this.#file.readSync(target, position);
  }

  write(bytes: Uint8Array, position: number): Promise<number> {
    const failure = this.#disk.failureOf("write", "write", this.path);
    const taken = this.#disk.takenOf(bytes.byteLength);
    return this.#disk.operate(this.#owner, "write", failure, () =>
      this.#file.write(bytes.subarray(0, taken), position),
    );
  }

  async writeDurably(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      written += await this.write(bytes.subarray(written), position + written);
    }
    await this.datasync();
  }

  async datasync(): Promise<void> {
    const failure = this.#disk.failureOf("sync", "fdatasync", this.path);
    // Those that began before the failure was told make durable what they are about.
    const isInVain = this.#hasLostPages;
    await this.#disk
      .operate(this.#owner, "sync", failure, async () => {
        if (!isInVain) await this.#file.datasync();
      })
      .catch((error: unknown) => {
        this.#hasLostPages = true;
        throw error;
      });
  }

  truncate(size: number): Promise<void> {
    const failure = this.#disk.failureOf("write", "ftruncate", this.path);
    const work = (): Promise<void> => this.#file.truncate(size);
    return this.#disk.operate(this.#owner, "write", failure, work);
  }

  size(): Promise<number> {
    const failure = this.#disk.failureOf("read", "fstat", this.path);
    return this.#disk.operate(this.#owner, "metadata", failure, () => this.#file.size());
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.#file.close();
  }
}
