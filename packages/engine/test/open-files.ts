import type { DirectoryEntry, FileHandle, FileSystem, OpenMode } from "@boxerdb/engine";

/**
 * Passes everything on to another file system, knows which files are open, and has operations take
 * as long as it is told.
 */
export class OpenFiles implements FileSystem {
  readonly #inner: FileSystem;
  readonly #pause: () => Promise<void>;
  readonly #open = new Set<FileHandle>();

  /** Each operation that can wait takes effect after a `pause`. */
  constructor(inner: FileSystem, pause: () => Promise<void>) {
    this.#inner = inner;
    this.#pause = pause;
  }

  /** The paths by which the open files were opened, sorted; a path for each handle. */
  get paths(): readonly string[] {
    return [...this.#open].map(({ path }) => path).toSorted();
  }

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    await this.#pause();
    const handle = await this.#inner.open(path, mode);
    this.#open.add(handle);
    return {
      path,
      read: async (target, position) => {
        await this.#pause();
        return handle.read(target, position);
      },
      readSync: (target, position) => handle.readSync(target, position),
      write: async (bytes, position) => {
        await this.#pause();
        return handle.write(bytes, position);
      },
      writeDurably: async (bytes, position) => {
        await this.#pause();
        return handle.writeDurably(bytes, position);
      },
      datasync: async () => {
        await this.#pause();
        return handle.datasync();
      },
      truncate: async (size) => {
        await this.#pause();
        return handle.truncate(size);
      },
      size: async () => {
        await this.#pause();
        return handle.size();
      },
      close: async () => {
        this.#open.delete(handle);
        await handle.close();
      },
    };
  }

  async makeDirectory(path: string): Promise<boolean> {
    await this.#pause();
    return this.#inner.makeDirectory(path);
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    await this.#pause();
    return this.#inner.list(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#pause();
    return this.#inner.rename(from, to);
  }

  async link(from: string, to: string): Promise<void> {
    await this.#pause();
    return this.#inner.link(from, to);
  }

  async remove(path: string): Promise<void> {
    await this.#pause();
    return this.#inner.remove(path);
  }

  async removeTree(path: string): Promise<void> {
    await this.#pause();
    return this.#inner.removeTree(path);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#pause();
    return this.#inner.syncDirectory(path);
  }
}
