import { posix } from "node:path";

import type { DirectoryEntry, FileHandle, FileSystem, OpenMode } from "./filesystem.ts";
import { MemoryDirectory, type MemoryNode } from "./memory-directory.ts";
import { MemoryDisk } from "./memory-disk.ts";
import { MemoryFileHandle } from "./memory-file-handle.ts";
import { MemoryFile } from "./memory-file.ts";
import { cloneTree, filesBelow, treeAfterPowerCut } from "./memory-tree.ts";
import type { SurvivalRule } from "./survival.ts";
import { SystemError } from "./system-error.ts";
import type { UnsyncedName } from "./unsynced-change.ts";

export interface MemoryFileSystemOptions {
  /** How many bytes all files together may have. Default: no limit. */
  readonly capacityBytes?: number;
}

export interface CrashOptions {
  /**
   * Asked once for each unsynced change, first for names, then for content. Default: nothing
   * survives. Any subset may: a disk orders nothing by itself, so that a later change can survive
   * where an earlier one did not.
   */
  readonly keep?: SurvivalRule;
}

/**
 * A file system in memory that knows what a power cut would leave of it.
 *
 * Each file has its content now and as of its last `datasync`; each directory has its names now and
 * as of its last `syncDirectory`. `crash` gives the file system as the next start finds it: durable
 * names that lead to durable content, and of all other changes whatever the test lets survive. This
 * is the contract of `FileSystem`, and no more than it: a file that was synced under a name that was
 * not is lost, and a new name that was synced leads to an empty file where its content was not.
 * A rename within one directory survives as a whole or not at all.
 *
 * Paths are absolute, or relative to the root. Operations take effect at once, in the order they
 * are called, so that a run is as deterministic as its caller.
 */
export class MemoryFileSystem implements FileSystem {
  #root = new MemoryDirectory();
  readonly #disk: MemoryDisk;

  constructor(options: MemoryFileSystemOptions = {}) {
    this.#disk = new MemoryDisk(options.capacityBytes ?? Number.POSITIVE_INFINITY);
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    this.#disk.checkPower("open", path);
    const { directory, name } = this.#place(path, "open");
    const found = name === "" ? directory : directory.get(name);
    if (mode === "create") {
      if (found !== undefined) throw new SystemError("EEXIST", "open", path);
      const file = new MemoryFile();
      directory.set(name, file, this.#nameChange("create", path));
      this.#disk.acquire(file);
      return new MemoryFileHandle(path, file, this.#disk, true);
    }
    if (found === undefined) throw new SystemError("ENOENT", "open", path);
    if (found.kind === "directory") throw new SystemError("EISDIR", "open", path);
    return new MemoryFileHandle(path, found, this.#disk, mode === "write");
  }

  async makeDirectory(path: string): Promise<boolean> {
    this.#disk.checkPower("mkdir", path);
    let directory = this.#root;
    let isNew = false;
    let reached = "";
    for (const name of partsOf(path)) {
      reached += `/${name}`;
      let next = directory.get(name);
      isNew = next === undefined;
      if (next === undefined) {
        next = new MemoryDirectory();
        directory.set(name, next, this.#nameChange("create", reached));
      }
      if (next.kind === "file") {
        const isLast = reached === posix.resolve("/", path);
        throw new SystemError(isLast ? "EEXIST" : "ENOTDIR", "mkdir", path);
      }
      directory = next;
    }
    return isNew;
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    this.#disk.checkPower("scandir", path);
    return [...this.#directory(path, "scandir").names]
      .map(([name, node]): DirectoryEntry => ({ name, kind: node.kind }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#disk.checkPower("rename", from);
    const source = this.#place(from, "rename");
    const target = this.#place(to, "rename");
    const node = source.directory.get(source.name);
    const replaced = target.directory.get(target.name);
    if (node === undefined) throw new SystemError("ENOENT", "rename", from);
    if (node === replaced) return;
    this.#checkReplaceable(node, replaced, from, to);
    const change = this.#nameChange("rename", from, to);
    source.directory.set(source.name, undefined, change);
    target.directory.set(target.name, node, change);
    if (replaced?.kind === "file") this.#disk.release(replaced);
  }

  async link(from: string, to: string): Promise<void> {
    this.#disk.checkPower("link", from);
    const source = this.#place(from, "link");
    const target = this.#place(to, "link");
    const node = source.directory.get(source.name);
    if (node === undefined) throw new SystemError("ENOENT", "link", from);
    if (node.kind === "directory") throw new SystemError("EPERM", "link", from);
    if (target.directory.get(target.name) !== undefined) {
      throw new SystemError("EEXIST", "link", to);
    }
    target.directory.set(target.name, node, this.#nameChange("create", to));
    this.#disk.acquire(node);
  }

  async remove(path: string): Promise<void> {
    this.#disk.checkPower("unlink", path);
    const { directory, name } = this.#place(path, "unlink");
    const node = name === "" ? directory : directory.get(name);
    if (node === undefined) throw new SystemError("ENOENT", "unlink", path);
    if (node.kind === "directory") throw new SystemError("EISDIR", "unlink", path);
    directory.set(name, undefined, this.#nameChange("remove", path));
    this.#disk.release(node);
  }

  async removeTree(path: string): Promise<void> {
    this.#disk.checkPower("rm", path);
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw new SystemError("EINVAL", "rm", path);
    const directory = this.#find(parts, "rm", path);
    if (directory?.kind === "directory") this.#removeFrom(directory, name, path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#disk.checkPower("fsync", path);
    this.#directory(path, "fsync").sync();
  }

  /**
   * Cuts the power. Returns the file system as the next start finds it, all of it durable. This one
   * is dead from then on, its open handles too: every operation throws CrashedError.
   */
  crash(options: CrashOptions = {}): MemoryFileSystem {
    this.#disk.cutPower();
    const next = new MemoryFileSystem({ capacityBytes: this.#disk.capacityBytes });
    next.#adopt(treeAfterPowerCut(this.#root, options.keep ?? (() => false)));
    return next;
  }

  /** A deep copy, durable state and unsynced changes included; without the open handles. */
  clone(): MemoryFileSystem {
    const copy = new MemoryFileSystem({ capacityBytes: this.#disk.capacityBytes });
    copy.#disk.continueAfter(this.#disk);
    copy.#adopt(cloneTree(this.#root));
    return copy;
  }

  /** Changes how many bytes all files together may have, as when somebody else frees space. */
  setCapacity(capacityBytes: number): void {
    this.#disk.capacityBytes = capacityBytes;
  }

  /** The absolute paths of all files that have a name now, sorted. */
  fileNames(): readonly string[] {
    return filesBelow(this.#root)
      .map(({ path }) => path)
      .toSorted();
  }

  /** A copy of a file's bytes as they are now, synced or not. */
  readBytes(path: string): Uint8Array {
    return this.#file(path).content();
  }

  /** Puts a file there, with the directories above it; content and names are durable at once. */
  writeBytes(path: string, bytes: Uint8Array): void {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw new SystemError("EISDIR", "open", path);
    let directory = this.#root;
    for (const part of parts) {
      const next = directory.get(part) ?? new MemoryDirectory();
      if (next.kind === "file") throw new SystemError("ENOTDIR", "open", path);
      directory.setDurably(part, next);
      directory = next;
    }
    const replaced = directory.get(name);
    if (replaced?.kind === "directory") throw new SystemError("EISDIR", "open", path);
    const file = MemoryFile.of(bytes);
    directory.setDurably(name, file);
    this.#disk.acquire(file);
    if (replaced !== undefined) this.#disk.release(replaced);
  }

  /** Flips a bit of a file, durably; bit 0 is the lowest of the first byte. */
  flipBit(path: string, bit: number): void {
    this.#file(path).flipBit(bit);
  }

  #adopt(root: MemoryDirectory): void {
    this.#root = root;
    for (const { file } of filesBelow(root)) this.#disk.acquire(file);
  }

  #removeFrom(directory: MemoryDirectory, name: string, path: string): void {
    const node = directory.get(name);
    if (node === undefined) return;
    if (node.kind === "directory") {
      for (const child of node.names.keys()) {
        this.#removeFrom(node, child, posix.join(path, child));
      }
    }
    directory.set(name, undefined, this.#nameChange("remove", path));
    if (node.kind === "file") this.#disk.release(node);
  }

  #checkReplaceable(
    node: MemoryNode,
    replaced: MemoryNode | undefined,
    from: string,
    to: string,
  ): void {
    const below = `${posix.resolve("/", from)}/`;
    if (posix.resolve("/", to).startsWith(below)) throw new SystemError("EINVAL", "rename", from);
    if (replaced === undefined) return;
    if (node.kind === "file" && replaced.kind === "directory") {
      throw new SystemError("EISDIR", "rename", from);
    }
    if (node.kind === "directory" && replaced.kind === "file") {
      throw new SystemError("ENOTDIR", "rename", from);
    }
    if (replaced.kind === "directory" && replaced.names.size > 0) {
      throw new SystemError("ENOTEMPTY", "rename", from);
    }
  }

  #nameChange(action: UnsyncedName["action"], path: string, to?: string): UnsyncedName {
    const change = {
      kind: "name",
      sequence: this.#disk.nextSequence(),
      action,
      path: posix.resolve("/", path),
    } as const;
    return to === undefined ? change : { ...change, to: posix.resolve("/", to) };
  }

  #file(path: string): MemoryFile {
    const node = this.#find(partsOf(path), "open", path);
    if (node === undefined) throw new SystemError("ENOENT", "open", path);
    if (node.kind === "directory") throw new SystemError("EISDIR", "open", path);
    return node;
  }

  #directory(path: string, syscall: string): MemoryDirectory {
    return this.#directoryAt(partsOf(path), syscall, path);
  }

  /** The directory that has or will have the last name of `path`; the name is empty for the root. */
  #place(path: string, syscall: string): { directory: MemoryDirectory; name: string } {
    const parts = partsOf(path);
    const name = parts.pop() ?? "";
    return { directory: this.#directoryAt(parts, syscall, path), name };
  }

  #directoryAt(parts: readonly string[], syscall: string, path: string): MemoryDirectory {
    const node = this.#find(parts, syscall, path);
    if (node === undefined) throw new SystemError("ENOENT", syscall, path);
    if (node.kind === "file") throw new SystemError("ENOTDIR", syscall, path);
    return node;
  }

  /** The node at the end of `parts`, if there is one. */
  #find(parts: readonly string[], syscall: string, path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const part of parts) {
      if (node === undefined) return undefined;
      if (node.kind === "file") throw new SystemError("ENOTDIR", syscall, path);
      node = node.get(part);
    }
    return node;
  }
}

function partsOf(path: string): string[] {
  return posix
    .resolve("/", path)
    .split("/")
    .filter((part) => part !== "");
}
