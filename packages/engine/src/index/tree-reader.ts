import type { ByteString } from "../log/byte-string.ts";

import type { IndexCursor, IndexReader, KeyRange } from "./ordered-index.ts";
import { childAt, childIndex, type TreeAccess } from "./tree-access.ts";
import { TreeCursor } from "./tree-cursor.ts";

/** Reads a tree of packed pages. */
export class TreeReader<Value> implements IndexReader<Value> {
  protected readonly access: TreeAccess<Value>;
  protected root: number;
  /** How many levels of branches stand above the leaves. */
  protected height: number;
  protected count: number;

  constructor(access: TreeAccess<Value>, root: number, height: number, count: number) {
    this.access = access;
    this.root = root;
    this.height = height;
    this.count = count;
  }

  get size(): number {
    return this.count;
  }

  get(key: ByteString): Value | undefined {
    const { access } = this;
    const sought = access.key.load(key);
    let page = this.root;
    for (let level = this.height; level > 0; level--) {
      const branch = access.branchAt(page);
      page = childAt(branch, childIndex(branch, sought));
    }
    const leaf = access.leafAt(page);
    const index = leaf.search(sought);
    if (index < 0) return undefined;
    return access.decoder.decode(leaf.word0(index), leaf.word1(index));
  }

  cursor(range: KeyRange, reverse: boolean): IndexCursor<Value> {
    return new TreeCursor(this.access, this.root, this.height, range, reverse);
  }

  *entries(range: KeyRange, reverse: boolean): IterableIterator<readonly [ByteString, Value]> {
    const cursor = this.cursor(range, reverse);
    while (cursor.next()) yield [cursor.key, cursor.value];
  }
}
