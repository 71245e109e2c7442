import type { MemoryFile } from "./memory-file.ts";
import type { UnsyncedName } from "./unsynced-change.ts";

export type MemoryNode = MemoryFile | MemoryDirectory;

/** What one change does in one directory: a name leads to a node, or no longer to any. */
interface NameEdit {
  readonly change: UnsyncedName;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

/** The names in one directory in memory, as they are and as of the last `syncDirectory`. */
export class MemoryDirectory {
  readonly kind = "directory";
  readonly #names = new Map<string, MemoryNode>();
  readonly #durableNames = new Map<string, MemoryNode>();
  /** In the order made. */
  #pending: NameEdit[] = [];

  get names(): ReadonlyMap<string, MemoryNode> {
    return this.#names;
  }

  get(name: string): MemoryNode | undefined {
    return this.#names.get(name);
  }

  /** Lets `name` lead to `node`, or to nothing. */
  set(name: string, node: MemoryNode | undefined, change: UnsyncedName): void {
    apply(this.#names, name, node);
    this.#pending.push({ change, name, node });
  }

  /** As `set`, and durable at once. */
  setDurably(name: string, node: MemoryNode): void {
    this.#names.set(name, node);
    this.#durableNames.set(name, node);
    this.#pending = this.#pending.filter((edit) => edit.name !== name);
  }

  sync(): void {
    for (const { name, node } of this.#pending) apply(this.#durableNames, name, node);
    this.#pending = [];
  }

  /** The names after a power cut: the durable ones, and the changes that `keep` lets survive. */
  namesAfterPowerCut(keep: (change: UnsyncedName) => boolean): ReadonlyMap<string, MemoryNode> {
    const names = new Map(this.#durableNames);
    for (const { change, name, node } of this.#pending) {
      if (keep(change)) apply(names, name, node);
    }
    return names;
  }

  /** Makes an empty `copy` the same, durable state and pending changes included. */
  copyTo(copy: MemoryDirectory, copyOf: (node: MemoryNode) => MemoryNode): void {
    for (const [name, node] of this.#names) copy.#names.set(name, copyOf(node));
    for (const [name, node] of this.#durableNames) copy.#durableNames.set(name, copyOf(node));
    copy.#pending = this.#pending.map((edit) => ({
      ...edit,
      node: edit.node === undefined ? undefined : copyOf(edit.node),
    }));
  }
}

function apply(names: Map<string, MemoryNode>, name: string, node: MemoryNode | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}
