/**
 * What the engine asks of a file system. Injected, so that the code that ships also runs on one in
 * memory that forgets unsynced data, and on one that injects faults.
 *
 * What survives a power cut is exactly this:
 * - the bytes of a file, once `datasync` has resolved after they were written;
 * - a name (created, renamed or removed), once `syncDirectory` has resolved on its directory.
 *
 * Errors are those of Node (`code` is `ENOENT`, `ENOSPC`, `EIO`, …).
 */
export interface FileSystem {
  /** Opens a file. `create` fails with EEXIST where the name is taken; the others with ENOENT where it is not. */
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  /**
   * Creates a directory and all that are missing above it; fine where it exists. Resolves to whether it
   * was this call that made it: of several at once, that is so for one.
   */
  makeDirectory(path: string): Promise<boolean>;
  /** The names in a directory, sorted. */
  list(path: string): Promise<readonly DirectoryEntry[]>;
  /** Renames a file or a directory, replacing a file that has the new name. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Gives a file a second name, so that its bytes stay when the first one is removed. Fails with EEXIST
   * where the name is taken, and with EXDEV, EPERM or ENOTSUP where the two places cannot share a file.
   */
  link(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
  /** Removes a directory and all in it; fine where there is none. */
  removeTree(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

/** `read`: only reads. `write`: reads and writes an existing file. `create`: makes a new one. */
export type OpenMode = "read" | "write" | "create";

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

/** An open file. It can be read after its name was removed, until it is closed. */
export interface FileHandle {
  readonly path: string;
  /** Fills `target` from `position` on; resolves to how many bytes there were, fewer only at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** As `read`, at once. */
  readSync(target: Uint8Array, position: number): number;
  /** Writes `bytes` at `position`; resolves to how many were taken, at least one, maybe not all. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /**
   * Writes all of `bytes` at `position` and makes them durable, in one call to the kernel where it has
   * one. What was written before and not synced may stay so.
   */
  writeDurably(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes the file's bytes and its size durable. */
  datasync(): Promise<void>;
  /** Cuts the file to `size` bytes, or extends it with zeros. */
  truncate(size: number): Promise<void>;
  /** The size in bytes. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Writes all of `bytes` at `position`, in as many calls as the file system wants. */
export async function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    written += await file.write(bytes.subarray(written), position + written);
  }
}
