import type { DirectoryEntry, FileHandle, FileSystem, OpenMode } from "@boxerdb/engine";

/** Passes everything on to another file system, and knows which files are open. */
export class OpenFiles implements FileSystem {
  readonly #inner: FileSystem;
  readonly #open = new Set<FileHandle>();

  constructor(inner: FileSystem) {
    this.#inner = inner;
  }

  /** The paths by which the open files were opened, sorted; a path for each handle. */
  get paths(): readonly string[] {
    return [...this.#open].map(({ path }) => path).toSorted();
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await this.#inner.open(path, mode);
    this.#open.add(handle);
    return {
      path,
      read: (target, position) => handle.read(target, position),
      readSync: (target, position) => handle.readSync(target, position),
      write: (bytes, position) => handle.write(bytes, position),
      datasync: () => handle.datasync(),
      truncate: (size) => handle.truncate(size),
      size: () => handle.size(),
      close: async () => {
        this.#open.delete(handle);
        await handle.close();
      },
    };
  }

  makeDirectory(path: string): Promise<void> {
    return this.#inner.makeDirectory(path);
  }

  list(path: string): Promise<readonly DirectoryEntry[]> {
    return this.#inner.list(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#inner.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return this.#inner.remove(path);
  }

  removeTree(path: string): Promise<void> {
    return this.#inner.removeTree(path);
  }

  syncDirectory(path: string): Promise<void> {
    return this.#inner.syncDirectory(path);
  }
}
