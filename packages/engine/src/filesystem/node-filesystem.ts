import fs from "node:fs";
import { dirname } from "node:path";

import { checkPosition } from "./file-position.ts";
import {
  writeFully,
  type DirectoryEntry,
  type FileHandle,
  type FileSystem,
  type OpenMode,
} from "./filesystem.ts";
import { SystemError } from "./system-error.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY, O_DSYNC } = fs.constants;

// Elsewhere the flag does not reach through the cache of the drive, or is not there.
const hasDurableWrites = process.platform === "linux";

const openFlags: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY,
  write: O_RDWR,
  create: O_RDWR | O_CREAT | O_EXCL,
};

type Callback<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

/** Turns one call with a callback into a promise, without the detour of `util.promisify`. */
function promised<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
}

/** As `promised`, for calls that pass nothing but an error, or null or undefined for none. */
function completed(
  start: (done: (error?: NodeJS.ErrnoException | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

/**
 * A raw descriptor. `node:fs/promises` would bring its own handles, which cost an allocation and a
 * few microseconds with each call and offer no synchronous read.
 *
 * The kernel gives the number of a closed descriptor to the next file that is opened. An operation
 * that is still queued would then read or write another file, so that `close` waits for all that
 * are under way, and refuses new ones at once.
 */
class NodeFileHandle implements FileHandle {
  readonly path: string;
  readonly #descriptor: number;
  #inFlight = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  // A second descriptor of the file, through which every write is durable when it returns.
  #durable: Promise<number | undefined> | undefined;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#run("read", (descriptor, done) => {
      checkPosition(position, "read", this.path);
      let filled = 0;
      const readOn = (): void => {
        const wanted = target.byteLength - filled;
        fs.read(descriptor, target, filled, wanted, position + filled, (error, count) => {
          filled += count;
          if (error !== null || count === 0 || count === wanted) done(error, filled);
          else readOn();
        });
      };
      readOn();
    });
  }

  readSync(target: Uint8Array, position: number): number {
    this.#checkOpen("read");
    checkPosition(position, "read", this.path);
    let filled = 0;
    while (filled < target.byteLength) {
      const wanted = target.byteLength - filled;
      const count = fs.readSync(this.#descriptor, target, filled, wanted, position + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  write(bytes: Uint8Array, position: number): Promise<number> {
    return this.#writeThrough(this.#descriptor, bytes, position);
  }

  async writeDurably(bytes: Uint8Array, position: number): Promise<void> {
    if (hasDurableWrites) this.#durable ??= this.#openDurable();
    const descriptor = await this.#durable;
    if (descriptor === undefined) {
      await writeFully(this, bytes, position);
      await this.datasync();
      return;
    }
    let written = 0;
    while (written < bytes.byteLength) {
      const rest = bytes.subarray(written);
      written += await this.#writeThrough(descriptor, rest, position + written);
    }
  }

  /** Undefined where that cannot be: the name leads elsewhere now, or too many files are open. */
  async #openDurable(): Promise<number | undefined> {
    const descriptor = await promised<number>((done) => {
      fs.open(this.path, O_WRONLY | O_DSYNC, done);
    }).catch(() => undefined); // The same can be done without it, in two calls.
    if (descriptor === undefined) return undefined;
    const [own, found] = [this.#descriptor, descriptor].map((opened) => fs.fstatSync(opened));
    if (own?.ino === found?.ino && own?.dev === found?.dev) return descriptor;
    await completed((done) => fs.close(descriptor, done));
    return undefined;
  }

  async #writeThrough(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
    const written = await this.#run<number>("write", (_own, done) => {
      checkPosition(position, "write", this.path);
      fs.write(descriptor, bytes, 0, bytes.byteLength, position, done);
    });
    if (written === 0 && bytes.byteLength > 0) {
      // No kernel should do this to a regular file; a caller that writes on until all is taken
      // would never end.
      throw new SystemError("EIO", "write", this.path, "the file system took no byte");
    }
    return written;
  }

  // On macOS libuv asks for F_FULLFSYNC here, so that the drive's own cache is flushed too.
  datasync(): Promise<void> {
    return this.#run("fdatasync", (descriptor, done) => {
      fs.fdatasync(descriptor, (error) => done(error, undefined));
    });
  }

  truncate(size: number): Promise<void> {
    return this.#run("ftruncate", (descriptor, done) => {
      checkPosition(size, "ftruncate", this.path);
      fs.ftruncate(descriptor, size, (error) => done(error, undefined));
    });
  }

  async size(): Promise<number> {
    const stats = await this.#run<fs.Stats>("fstat", (descriptor, done) => {
      fs.fstat(descriptor, done);
    });
    return stats.size;
  }

  /** Closing twice is fine: the second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#closeWhenIdle();
    return this.#closing;
  }

  async #closeWhenIdle(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await completed((done) => fs.close(this.#descriptor, done));
    const durable = await this.#durable;
    if (durable !== undefined) await completed((done) => fs.close(durable, done));
  }

  #run<T>(syscall: string, start: (descriptor: number, done: Callback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#checkOpen(syscall);
      const done: Callback<T> = (error, result) => {
        this.#inFlight -= 1;
        if (error === null) resolve(result);
        else reject(error);
        if (this.#inFlight === 0) this.#whenIdle?.();
      };
      // Counted only once the call was taken: Node throws at once where an argument is bad.
      start(this.#descriptor, done);
      this.#inFlight += 1;
    });
  }

  #checkOpen(syscall: string): void {
    if (this.#closing !== undefined) {
      throw new SystemError("EBADF", syscall, this.path, "the file was closed before");
    }
  }
}

/** The files of the machine, over the callbacks of `node:fs`. */
export class NodeFileSystem implements FileSystem {
  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const descriptor = await promised<number>((done) => fs.open(path, openFlags[mode], done));
    return new NodeFileHandle(path, descriptor);
  }

  /**
   * Name by name, and not by the recursive mkdir of Node: that one goes on for ever where the kernel
   * answers ENOENT although the directory above exists, as it does below /proc.
   */
  async makeDirectory(path: string): Promise<boolean> {
    const parent = dirname(path);
    try {
      return await makeOneDirectory(path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || parent === path) throw error;
      await this.makeDirectory(parent);
      return await makeOneDirectory(path);
    }
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    const entries = await promised<fs.Dirent[]>((done) => {
      fs.readdir(path, { withFileTypes: true }, done);
    });
    return entries
      .map((entry) => ({ name: entry.name, kind: entryKind(entry) }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  rename(from: string, to: string): Promise<void> {
    return completed((done) => fs.rename(from, to, done));
  }

  link(from: string, to: string): Promise<void> {
    return completed((done) => fs.link(from, to, done));
  }

  remove(path: string): Promise<void> {
    return completed((done) => fs.unlink(path, done));
  }

  removeTree(path: string): Promise<void> {
    return completed((done) => fs.rm(path, { recursive: true, force: true }, done));
  }

  async syncDirectory(path: string): Promise<void> {
    let descriptor: number | undefined;
    try {
      const opened = await promised<number>((done) => {
        fs.open(path, O_RDONLY | O_DIRECTORY, done);
      });
      descriptor = opened;
      await completed((done) => fs.fsync(opened, done));
    } catch (error) {
      if (!cannotSyncDirectories(error)) throw error;
    } finally {
      const opened = descriptor;
      if (opened !== undefined) await completed((done) => fs.close(opened, done));
    }
  }
}

/** Makes a directory, unless it is there. Whether it was made. */
async function makeOneDirectory(path: string): Promise<boolean> {
  try {
    await completed((done) => fs.mkdir(path, done));
    return true;
  } catch (error) {
    const found = await promised<fs.Stats>((done) => fs.stat(path, done)).catch(() => undefined);
    if (found?.isDirectory() !== true) throw error;
    return false;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/** The one that everybody can share: it has no state. */
export const nodeFileSystem: FileSystem = new NodeFileSystem();

function entryKind(entry: fs.Dirent): DirectoryEntry["kind"] {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "directory" : "other";
}

/**
 * Whether the system has no such thing as syncing a directory, so that there is nothing to wait
 * for. EINVAL is what fsync(2) documents for a descriptor that "does not support synchronization"
 * (CIFS and some FUSE file systems say so for directories). Windows opens no directory as a file
 * (EISDIR, EPERM, EACCES); NTFS logs changes of names by itself. Any other failure is one.
 */
function cannotSyncDirectories(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return false;
  if (error.code === "EINVAL") return error.syscall === "fsync";
  return (
    process.platform === "win32" &&
    (error.code === "EISDIR" || error.code === "EPERM" || error.code === "EACCES")
  );
}
