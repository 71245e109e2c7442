import type { FileSystem } from "../filesystem/filesystem.ts";
import { syncAncestors } from "../store/ancestor-sync.ts";

import { Progress } from "./progress.ts";
import { linkOrCopy } from "./shared-file.ts";

/** A new directory beside another one, for the originals of what is about to be changed there. */
export class AsideDirectory {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #directories = new Set<string>();

  private constructor(fileSystem: FileSystem, path: string) {
    this.#fileSystem = fileSystem;
    this.path = path;
  }

  /** Makes `<name>.damaged` in a directory, with a number where there is one already. */
  static async make(fileSystem: FileSystem, parent: string, name: string): Promise<AsideDirectory> {
    const taken = new Set((await fileSystem.list(parent)).map((entry) => entry.name));
    let free = `${name}.damaged`;
    for (let number = 2; taken.has(free); number++) free = `${name}.damaged-${number}`;
    const aside = new AsideDirectory(fileSystem, `${parent}/${free}`);
    await aside.#makeDirectory(aside.path);
    return aside;
  }

  /** Keeps a file, if it is there, under a path of this directory. */
  async keep(from: string, path: string): Promise<void> {
    const to = `${this.path}/${path}`;
    const parent = to.slice(0, to.lastIndexOf("/"));
    const name = from.slice(from.lastIndexOf("/") + 1);
    const files = await this.#fileSystem.list(from.slice(0, -name.length - 1));
    if (!files.some((file) => file.name === name)) return;
    await this.#makeDirectory(parent);
    await linkOrCopy(this.#fileSystem, from, to, new Progress("the repair"));
  }

  /** Makes all durable. */
  async complete(): Promise<void> {
    for (const directory of this.#directories) await this.#fileSystem.syncDirectory(directory);
    await this.#fileSystem.syncDirectory(this.path);
    await syncAncestors(this.#fileSystem, this.path);
  }

  async #makeDirectory(path: string): Promise<void> {
    await this.#fileSystem.makeDirectory(path);
    for (let at = path; at.length >= this.path.length; at = at.slice(0, at.lastIndexOf("/"))) {
      this.#directories.add(at);
    }
  }
}
