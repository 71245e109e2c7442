import type { ByteString } from "../log/byte-string.ts";

import type { IndexCursor, KeyRange } from "./ordered-index.ts";
import { childAt, childIndex, type TreeAccess } from "./tree-access.ts";
import { TreePage } from "./tree-page.ts";

type Bound = NonNullable<KeyRange["lower"]>;

/** A cursor over a tree whose pages do not change. */
export class TreeCursor<Value> implements IndexCursor<Value> {
  readonly #access: TreeAccess<Value>;
  readonly #reverse: boolean;
  /** Where the range begins and ends, in the cursor's direction. */
  readonly #start: Bound | undefined;
  readonly #end: Bound | undefined;
  // The branches on the way to the leaf, from the root on, and the child that was taken in each.
  readonly #branches: number[] = [];
  readonly #children: number[] = [];
  readonly #height: number;
  readonly #root: number;
  readonly #leaf = new TreePage(2);
  // The entry of the leaf that the cursor is at, or one short of the first that comes.
  #index = 0;
  // The index at which the leaf's entries in the range are over, in the cursor's direction.
  #stop = 0;
  // Whether the range is over with this leaf.
  #isLastLeaf = false;
  #isAtEntry = false;

  constructor(
    access: TreeAccess<Value>,
    root: number,
    height: number,
    range: KeyRange,
    reverse: boolean,
  ) {
    this.#access = access;
    this.#root = root;
    this.#height = height;
    this.#reverse = reverse;
    this.#start = reverse ? range.upper : range.lower;
    this.#end = reverse ? range.lower : range.upper;
    if (this.#start === undefined) this.#goToFirst();
    else this.#goTo(this.#start);
  }

  next(): boolean {
    const index = this.#reverse ? this.#index - 1 : this.#index + 1;
    if (index === this.#stop) return this.#nextLeaf();
    this.#index = index;
    this.#isAtEntry = true;
    return true;
  }

  get key(): ByteString {
    this.#assertAtEntry();
    const { key } = this.#access;
    this.#leaf.copyKey(this.#index, key.bytes, 0);
    key.end(this.#leaf.keyLength(this.#index));
    return key.toByteString();
  }

  get value(): Value {
    this.#assertAtEntry();
    const index = this.#index;
    return this.#access.decoder.decode(this.#leaf.word0(index), this.#leaf.word1(index));
  }

  seek(key: ByteString): void {
    const start = this.#start;
    const isBeforeRange =
      start !== undefined && (this.#reverse ? key >= start.key : key <= start.key);
    this.#goTo(isBeforeRange ? start : { key, inclusive: true });
  }

  #assertAtEntry(): void {
    if (!this.#isAtEntry) throw new Error("assertion failed: the cursor is not at an entry");
  }

  #goToFirst(): void {
    this.#descend(0, this.#root);
    this.#enterLeaf(this.#reverse ? this.#leaf.count : 0);
  }

  /** Goes to just before the first entry behind a bound, in the cursor's direction. */
  #goTo(bound: Bound): void {
    const sought = this.#access.key.load(bound.key);
    let page = this.#root;
    for (let level = 0; level < this.#height; level++) {
      const branch = this.#access.branchAt(page);
      const child = childIndex(branch, sought);
      this.#branches[level] = page;
      this.#children[level] = child;
      page = childAt(branch, child);
    }
    this.#leaf.moveTo(this.#access.store.slabOf(page), page);
    this.#enterLeaf(this.#boundary(bound, this.#reverse));
  }

  /** Goes down to the first leaf below `page`, a branch at `from` or the leaf. */
  #descend(from: number, top: number): void {
    let page = top;
    for (let level = from; level < this.#height; level++) {
      const branch = this.#access.branchAt(page);
      const child = this.#reverse ? branch.count : 0;
      this.#branches[level] = page;
      this.#children[level] = child;
      page = childAt(branch, child);
    }
    this.#leaf.moveTo(this.#access.store.slabOf(page), page);
  }

  /**
   * Makes the cursor stand just before an entry of its leaf: `boundary` counts the entries before it, or
   * up to it when reversed.
   */
  #enterLeaf(boundary: number): void {
    const { count } = this.#leaf;
    const end = this.#end;
    this.#isAtEntry = false;
    if (this.#reverse) {
      const first = end === undefined ? 0 : this.#sought(end, false);
      this.#stop = first - 1;
      this.#index = Math.max(boundary, first);
      this.#isLastLeaf = first > 0;
    } else {
      this.#stop = end === undefined ? count : this.#sought(end, true);
      this.#index = Math.min(boundary, this.#stop) - 1;
      this.#isLastLeaf = this.#stop < count;
    }
  }

  #sought(bound: Bound, isUpper: boolean): number {
    this.#access.key.load(bound.key);
    return this.#boundary(bound, isUpper);
  }

  /** How many entries of the leaf are below a bound, whose key was loaded. */
  #boundary({ inclusive }: Bound, isUpper: boolean): number {
    const found = this.#leaf.search(this.#access.key);
    if (found < 0) return -1 - found;
    return inclusive === isUpper ? found + 1 : found;
  }

  #nextLeaf(): boolean {
    this.#isAtEntry = false;
    while (!this.#isLastLeaf) {
      if (!this.#climb()) {
        this.#isLastLeaf = true;
        return false;
      }
      this.#enterLeaf(this.#reverse ? this.#leaf.count : 0);
      const index = this.#reverse ? this.#index - 1 : this.#index + 1;
      if (index !== this.#stop) {
        this.#index = index;
        this.#isAtEntry = true;
        return true;
      }
    }
    return false;
  }

  /** Goes to the leaf beside, in the cursor's direction; false where there is none. */
  #climb(): boolean {
    for (let level = this.#height - 1; level >= 0; level--) {
      const branch = this.#access.branchAt(this.#branches[level] ?? 0);
      const child = (this.#children[level] ?? 0) + (this.#reverse ? -1 : 1);
      if (child >= 0 && child <= branch.count) {
        this.#children[level] = child;
        this.#descend(level + 1, childAt(branch, child));
        return true;
      }
    }
    return false;
  }
}
