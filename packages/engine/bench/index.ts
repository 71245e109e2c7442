import type { IndexCursor } from "../src/index/ordered-index.ts";
/** What the benchmarks measure of the engine's inside. Not part of the package that is published. */
import { PackedBTree } from "../src/index/packed-btree.ts";
import { PageStore } from "../src/index/page-store.ts";
import { byteStringOf } from "../src/log/byte-string.ts";

/** The engine's index of one collection, with numbers of 32 bits as values. */
export class PackedIndex {
  readonly #pages = new PageStore();
  readonly #tree = new PackedBTree<number>(this.#pages, { decode: (word0) => word0 });

  set(key: string, value: number): void {
    this.#tree.set(byteStringOf(key), value, 0);
  }

  get(key: string): number | undefined {
    return this.#tree.get(byteStringOf(key));
  }

  /** Goes through all entries in key order. */
  cursor(): IndexCursor<number> {
    return this.#tree.cursor({}, false);
  }
}
