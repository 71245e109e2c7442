/**
 * The ordered index: a B+tree whose pages are packed bytes (see tree-page.ts), copied on write while a
 * snapshot may see them (see page-store.ts).
 */
import type { ByteString } from "../log/byte-string.ts";

import type { IndexReader, KeyRange, OrderedIndex } from "./ordered-index.ts";
import type { PageStore } from "./page-store.ts";
import { commonPrefix, entryOverheadBytes, TreePage, type PageEntry } from "./tree-page.ts";

/** How values are kept in pages: as a fixed number of 32-bit words. */
export interface ValueCodec<Value> {
  readonly words: number;
  /** The words of a value. */
  encode(value: Value): readonly number[];
  /** The value of the words that `word` gives by their index. */
  decode(word: (index: number) => number): Value;
}

/** A leaf that holds less than this is merged with its neighbour, if both fit into one page. */
const sparseBytes = 1024;

class TreeReader<Value> implements IndexReader<Value> {
  protected readonly store: PageStore;
  protected readonly codec: ValueCodec<Value>;
  protected root: number;
  /** How many levels of branches stand above the leaves. */
  protected height: number;
  protected count: number;
  protected readonly leaf: TreePage;
  protected readonly branch = new TreePage(1);

  constructor(
    store: PageStore,
    codec: ValueCodec<Value>,
    root: number,
    height: number,
    count: number,
  ) {
    this.store = store;
    this.codec = codec;
    this.root = root;
    this.height = height;
    this.count = count;
    this.leaf = new TreePage(codec.words);
  }

  get size(): number {
    return this.count;
  }

  get(key: ByteString): Value | undefined {
    let page = this.root;
    for (let level = this.height; level > 0; level--) {
      const branch = this.branch.moveTo(this.store.slabOf(page), page);
      page = childAt(branch, branch.upperBound(key));
    }
    const leaf = this.leaf.moveTo(this.store.slabOf(page), page);
    const index = leaf.lowerBound(key);
    return leaf.holds(index, key) ? this.valueAt(leaf, index) : undefined;
  }

  *entries(range: KeyRange, reverse: boolean): IterableIterator<readonly [ByteString, Value]> {
    for (const page of this.#leaves(this.root, this.height, range, reverse)) {
      const leaf = new TreePage(this.codec.words).moveTo(this.store.slabOf(page), page);
      const [from, to] = interval(leaf, range);
      if (reverse) {
        for (let index = to - 1; index >= from; index--) {
          yield [leaf.key(index), this.valueAt(leaf, index)];
        }
      } else {
        for (let index = from; index < to; index++) {
          yield [leaf.key(index), this.valueAt(leaf, index)];
        }
      }
    }
  }

  protected valueAt(leaf: TreePage, index: number): Value {
    return this.codec.decode((word) => leaf.value(index, word));
  }

  *#leaves(
    page: number,
    height: number,
    range: KeyRange,
    reverse: boolean,
  ): IterableIterator<number> {
    if (height === 0) {
      yield page;
      return;
    }
    const branch = new TreePage(1).moveTo(this.store.slabOf(page), page);
    const { lower, upper } = range;
    const from = lower === undefined ? 0 : branch.upperBound(lower.key);
    const to = upper === undefined ? branch.count : branch.upperBound(upper.key);
    for (let step = 0; step <= to - from; step++) {
      const child = childAt(branch, reverse ? to - step : from + step);
      yield* this.#leaves(child, height - 1, range, reverse);
    }
  }
}

export class PackedBTree<Value> extends TreeReader<Value> implements OrderedIndex<Value> {
  // The branches on the way to the leaf, from the root on, and the child that was taken in each.
  readonly #path: { page: number; child: number }[] = [];

  constructor(store: PageStore, codec: ValueCodec<Value>) {
    super(store, codec, store.allocate(), 0, 0);
    this.leaf.moveTo(store.slabOf(this.root), this.root).clear("");
  }

  set(key: ByteString, value: Value): Value | undefined {
    const leaf = this.#descend(key);
    const index = leaf.page.lowerBound(key);
    const words = this.codec.encode(value);
    if (leaf.page.holds(index, key)) {
      const previous = this.valueAt(leaf.page, index);
      for (const [word, bits] of words.entries()) leaf.page.setValue(index, word, bits);
      return previous;
    }
    this.count++;
    if (!leaf.page.insert(index, key, words)) {
      const entries = leaf.page.entries().toSpliced(index, 0, { key, value: words });
      this.#refill(leaf.number, leaf.page, entries, index);
    }
    return undefined;
  }

  delete(key: ByteString): Value | undefined {
    if (this.get(key) === undefined) return undefined;
    const leaf = this.#descend(key);
    const index = leaf.page.lowerBound(key);
    const previous = this.valueAt(leaf.page, index);
    leaf.page.remove(index);
    this.count--;
    if (leaf.page.count === 0) this.#dropChild(leaf.number);
    else if (leaf.page.usedBytes < sparseBytes) this.#mergeLeaf(leaf.page);
    return previous;
  }

  /** A view of the tree as it is. The caller takes a snapshot of the PageStore, which keeps its pages. */
  snapshot(): IndexReader<Value> {
    return new TreeReader(this.store, this.codec, this.root, this.height, this.count);
  }

  /** Gives all pages back. The tree must not be used any more. */
  release(): void {
    this.#releaseBelow(this.root, this.height);
  }

  #releaseBelow(page: number, height: number): void {
    if (height > 0) {
      const branch = new TreePage(1).moveTo(this.store.slabOf(page), page);
      for (let child = 0; child <= branch.count; child++) {
        this.#releaseBelow(childAt(branch, child), height - 1);
      }
    }
    this.store.release(page);
  }

  /** Goes to the leaf for a key and makes all pages on the way changeable. */
  #descend(key: ByteString): { readonly number: number; readonly page: TreePage } {
    this.root = this.store.own(this.root);
    this.#path.length = 0;
    let page = this.root;
    for (let level = this.height; level > 0; level--) {
      const branch = this.branch.moveTo(this.store.slabOf(page), page);
      const child = branch.upperBound(key);
      const before = childAt(branch, child);
      const owned = this.store.own(before);
      if (owned !== before) setChild(branch, child, owned);
      this.#path.push({ page, child });
      page = owned;
    }
    return { number: page, page: this.leaf.moveTo(this.store.slabOf(page), page) };
  }

  /**
   * Puts entries that do not fit as they are into a page: under another prefix, or by splitting it in
   * two. `inserted` is the index of the new one.
   */
  #refill(number: number, page: TreePage, entries: readonly PageEntry[], inserted: number): void {
    if (page.rewrite(entries)) return;
    const middle = splitIndex(entries, inserted);
    const [left, right] = [entries.slice(0, middle), entries.slice(middle)];
    const rightNumber = this.store.allocate();
    const rightPage = new TreePage(this.codec.words).moveTo(
      this.store.slabOf(rightNumber),
      rightNumber,
    );
    if (!rightPage.rewrite(right) || !page.rewrite(left))
      throw new Error("assertion failed: half a page fits");
    this.#insertChild(shortestBetween(left.at(-1)?.key, right[0]?.key), number, rightNumber);
  }

  /** Enters a page that was split off to the right of the child on the path. */
  #insertChild(separator: ByteString, left: number, right: number): void {
    const parent = this.#path.pop();
    if (parent === undefined) {
      const root = this.store.allocate();
      const page = this.branch.moveTo(this.store.slabOf(root), root);
      page.clear(separator);
      page.insert(0, separator, [right]);
      page.leftChild = left;
      this.root = root;
      this.height++;
      return;
    }
    const branch = this.branch.moveTo(this.store.slabOf(parent.page), parent.page);
    if (branch.insert(parent.child, separator, [right])) return;
    const entries = branch.entries().toSpliced(parent.child, 0, { key: separator, value: [right] });
    this.#refillBranch(parent.page, branch, entries, parent.child);
  }

  #refillBranch(
    number: number,
    branch: TreePage,
    entries: readonly PageEntry[],
    inserted: number,
  ): void {
    const { leftChild } = branch;
    if (branch.rewrite(entries)) {
      branch.leftChild = leftChild;
      return;
    }
    // The middle key moves up; what it led to becomes the right page's first child.
    const middle = Math.min(splitIndex(entries, inserted), entries.length - 2);
    const up = entries[middle];
    if (up === undefined) throw new Error("assertion failed: a full branch has a middle");
    const rightNumber = this.store.allocate();
    const right = new TreePage(1).moveTo(this.store.slabOf(rightNumber), rightNumber);
    if (!right.rewrite(entries.slice(middle + 1)) || !branch.rewrite(entries.slice(0, middle))) {
      throw new Error("assertion failed: half a branch fits");
    }
    right.leftChild = up.value[0] ?? 0;
    branch.leftChild = leftChild;
    this.#insertChild(up.key, number, rightNumber);
  }

  /** Takes an empty page out of its parent, and the parent too if that leaves it without children. */
  #dropChild(number: number): void {
    const parent = this.#path.pop();
    if (parent === undefined) return; // The root may be an empty leaf.
    this.store.release(number);
    const branch = this.branch.moveTo(this.store.slabOf(parent.page), parent.page);
    if (parent.child > 0) {
      branch.remove(parent.child - 1);
    } else if (branch.count > 0) {
      branch.leftChild = branch.value(0, 0);
      branch.remove(0);
    } else {
      this.#dropChild(parent.page);
      return;
    }
    this.#lowerRoot();
  }

  #mergeLeaf(leaf: TreePage): void {
    const parent = this.#path.at(-1);
    if (parent === undefined) return;
    const branch = this.branch.moveTo(this.store.slabOf(parent.page), parent.page);
    if (parent.child >= branch.count) return;
    const rightNumber = childAt(branch, parent.child + 1);
    const right = new TreePage(this.codec.words).moveTo(
      this.store.slabOf(rightNumber),
      rightNumber,
    );
    if (!leaf.rewrite([...leaf.entries(), ...right.entries()])) return;
    branch.remove(parent.child);
    this.store.release(rightNumber);
    this.#lowerRoot();
  }

  #lowerRoot(): void {
    while (this.height > 0) {
      const branch = this.branch.moveTo(this.store.slabOf(this.root), this.root);
      if (branch.count > 0) return;
      const child = branch.leftChild;
      this.store.release(this.root);
      this.root = child;
      this.height--;
    }
  }
}

const childAt = (branch: TreePage, child: number): number =>
  child === 0 ? branch.leftChild : branch.value(child - 1, 0);

function setChild(branch: TreePage, child: number, page: number): void {
  if (child === 0) branch.leftChild = page;
  else branch.setValue(child - 1, 0, page);
}

function interval(leaf: TreePage, { lower, upper }: KeyRange): readonly [number, number] {
  const from =
    lower === undefined
      ? 0
      : lower.inclusive
        ? leaf.lowerBound(lower.key)
        : leaf.upperBound(lower.key);
  const to =
    upper === undefined
      ? leaf.count
      : upper.inclusive
        ? leaf.upperBound(upper.key)
        : leaf.lowerBound(upper.key);
  return [from, to];
}

/**
 * Where to split entries of which one was just inserted: at it when it came first or last, as with keys
 * in rising or falling order, which leaves full pages behind; else in the middle of the bytes.
 */
function splitIndex(entries: readonly PageEntry[], inserted: number): number {
  if (inserted === entries.length - 1) return inserted;
  if (inserted === 0) return 1;
  const prefixLength = commonPrefix(entries).length;
  const weight = ({ key }: PageEntry): number => key.length - prefixLength + entryOverheadBytes;
  const total = entries.reduce((sum, entry) => sum + weight(entry), 0);
  let bytes = 0;
  const middle = entries.findIndex((entry) => (bytes += weight(entry)) * 2 >= total);
  return Math.min(Math.max(middle, 1), entries.length - 1);
}

/** The shortest string that is above `left` and not above `right`. */
function shortestBetween(left: ByteString = "" as ByteString, right = left): ByteString {
  let length = 0;
  while (length < left.length && left.charCodeAt(length) === right.charCodeAt(length)) length++;
  return right.slice(0, length + 1) as ByteString;
}
