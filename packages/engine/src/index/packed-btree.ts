/**
 * The ordered index: a B+tree whose pages are packed bytes (see tree-page.ts), copied on write while a
 * snapshot may see them (see page-store.ts). Reads are in tree-reader.ts.
 */
import type { ByteString } from "../log/byte-string.ts";

import { EntryList } from "./entry-list.ts";
import { KeyBytes } from "./key-bytes.ts";
import type { IndexReader, OrderedIndex, WordPair } from "./ordered-index.ts";
import { cutAt, splitIndex } from "./page-split.ts";
import { pageBytes, type PageStore } from "./page-store.ts";
import { childAt, childIndex, TreeAccess, type WordDecoder } from "./tree-access.ts";
import { TreePage } from "./tree-page.ts";
import { TreeReader } from "./tree-reader.ts";

/** Where a tree stands in its pages. */
export interface TreeShape {
  readonly root: number;
  /** How many levels of branches stand above the leaves. */
  readonly height: number;
  /** How many entries it has. */
  readonly count: number;
}

/** A leaf that holds less than this is merged with its neighbour, if both fit into one page. */
const sparseBytes = 1024;

/** How much room two leaves must have left that share the entries of one that is full. */
const spareBytes = pageBytes / 8;

/** In the place of a page's number: none. */
const noPage = -1;

export class PackedBTree<Value> extends TreeReader<Value> implements OrderedIndex<Value> {
  readonly #previous = { word0: 0, word1: 0 };
  // The branches on the way to the leaf, from the root on, and the child that was taken in each.
  readonly #branches: number[] = [];
  readonly #children: number[] = [];
  // The last leaf, if the last change put a new key at its end, so that keys in rising order find their
  // leaf at once; else noPage, as other changes may copy the leaf or take it away.
  #tail = noPage;
  // For a change that moves entries from page to page.
  readonly #list = new EntryList();
  readonly #separator = new KeyBytes();
  readonly #otherSeparator = new KeyBytes();
  readonly #otherLeaf = new TreePage(2);
  readonly #otherBranch = new TreePage(1);

  constructor(store: PageStore, decoder: WordDecoder<Value>) {
    super(new TreeAccess(store, decoder), store.allocate(), 0, 0);
    this.access.leafAt(this.root).fill(this.#list, 0, 0);
  }

  get shape(): TreeShape {
    return { root: this.root, height: this.height, count: this.count };
  }

  /** Takes over a tree that stands in the pages already, in the place of this one, which is empty. */
  adopt({ root, height, count }: TreeShape): void {
    this.release();
    this.root = root;
    this.height = height;
    this.count = count;
  }

  /** See OrderedIndex. Good until the next `set` or `delete`. */
  get previous(): WordPair {
    return this.#previous;
  }

  set(key: ByteString, word0: number, word1: number): boolean {
    const sought = this.access.key.load(key);
    if (this.#tail !== noPage && this.#append(sought, word0, word1)) return false;
    const { leaf } = this.access;
    let page = this.#find(sought);
    const found = leaf.search(sought);
    page = this.#own(page);
    if (found >= 0) {
      this.#setPrevious(leaf, found);
      leaf.setValue(found, word0, word1);
      return true;
    }
    this.count++;
    const index = -1 - found;
    const isLast = index === leaf.count && this.#isLastLeaf();
    if (!leaf.insert(index, sought, word0, word1)) this.#makeRoom(page, index, word0, word1);
    else if (isLast) this.#tail = page;
    return false;
  }

  delete(key: ByteString): boolean {
    const sought = this.access.key.load(key);
    const { leaf } = this.access;
    const found = this.#find(sought);
    const index = leaf.search(sought);
    if (index < 0) return false;
    this.#tail = noPage;
    const page = this.#own(found);
    this.#setPrevious(leaf, index);
    leaf.remove(index);
    this.count--;
    if (leaf.count === 0) this.#dropChild(this.height - 1, page);
    else if (leaf.usedBytes < sparseBytes) this.#mergeLeaf();
    return true;
  }

  /** A view of the tree as it is. The caller takes a snapshot of the PageStore, which keeps its pages. */
  snapshot(): IndexReader<Value> {
    return new TreeReader(this.access, this.root, this.height, this.count);
  }

  /** Gives all pages back. The tree must not be used any more. */
  release(): void {
    this.#releaseBelow(this.root, this.height);
  }

  #releaseBelow(page: number, height: number): void {
    if (height > 0) {
      const branch = this.#moved(new TreePage(1), page);
      for (let child = 0; child <= branch.count; child++) {
        this.#releaseBelow(childAt(branch, child), height - 1);
      }
    }
    this.access.store.release(page);
  }

  #moved(view: TreePage, page: number): TreePage {
    return view.moveTo(this.access.store.slabOf(page), page);
  }

  #setPrevious(leaf: TreePage, index: number): void {
    this.#previous.word0 = leaf.word0(index);
    this.#previous.word1 = leaf.word1(index);
  }

  /** Adds a new entry to the end of the last leaf, if it is remembered, may be changed and has room. */
  #append(key: KeyBytes, word0: number, word1: number): boolean {
    const { access } = this;
    if (!access.store.isShared(this.#tail)) {
      const leaf = access.leafAt(this.#tail);
      if (leaf.isBelow(key) && leaf.insert(leaf.count, key, word0, word1)) {
        this.count++;
        return true;
      }
    }
    // Keys do not come in order just now, or the leaf is full. Looking again costs more than it brings.
    this.#tail = noPage;
    return false;
  }

  /** Goes to the leaf for a key and remembers the way; returns its number. */
  #find(key: KeyBytes): number {
    const { access } = this;
    let page = this.root;
    for (let level = 0; level < this.height; level++) {
      const branch = access.branchAt(page);
      const child = childIndex(branch, key);
      this.#branches[level] = page;
      this.#children[level] = child;
      page = childAt(branch, child);
    }
    access.leafAt(page);
    return page;
  }

  /** Whether the leaf that `#find` went to is the last one. */
  #isLastLeaf(): boolean {
    for (let level = 0; level < this.height; level++) {
      if (this.#children[level] !== this.access.branchAt(this.#branches[level] ?? 0).count) {
        return false;
      }
    }
    return true;
  }

  /**
   * Makes the leaf that `#find` went to changeable, and the branches above it; returns its number, and
   * moves to it. Branches need no look where the leaf is not shared: they were made changeable with it,
   * so that a snapshot that sees them sees the leaf as well.
   */
  #own(leaf: number): number {
    const { access } = this;
    const owned = access.store.own(leaf);
    if (owned === leaf) return leaf;
    let child = owned;
    for (let level = this.height - 1; level >= 0; level--) {
      const before = this.#branches[level] ?? 0;
      const branch = access.store.own(before);
      setChild(access.branchAt(branch), this.#children[level] ?? 0, child);
      if (branch === before) {
        access.leafAt(owned);
        return owned;
      }
      this.#branches[level] = branch;
      child = branch;
    }
    this.root = child;
    access.leafAt(owned);
    return owned;
  }

  /** Inserts an entry that has no room in its leaf as it is: under another prefix, or by splitting it. */
  #makeRoom(page: number, index: number, word0: number, word1: number): void {
    const { leaf, key, store } = this.access;
    const list = this.#list.clear();
    const { count } = leaf;
    const isPastFullLeaf = index === count && leaf.garbageBytes === 0 && leaf.isBelow(key);
    if (isPastFullLeaf) {
      // Keys in rising order leave full leaves behind, and the next one will look much like this one.
      const sharedLength = leaf.sharedLength(count - 1, key);
      const right = store.allocate();
      refill(this.#moved(this.#otherLeaf, right), list.add(key, word0, word1), 0, 1, sharedLength);
      this.#separator.copy(key, sharedLength + 1);
      this.#insertChild(this.height - 1, page, right);
      return;
    }
    list.take(leaf, 0, index).add(key, word0, word1).take(leaf, index, count);
    if (leaf.fill(list, 0, list.count)) return;
    if (index > 0 && index < count && this.#shareWithNeighbour()) return;
    list.truncate(count + 1);
    const middle = splitIndex(list, index);
    const right = store.allocate();
    refill(this.#moved(this.#otherLeaf, right), list, middle, list.count);
    refill(leaf, list, 0, middle);
    list.copySeparator(middle, this.#separator);
    this.#insertChild(this.height - 1, page, right);
  }

  /**
   * Deals the entries in the list, which are too many for the leaf that `#find` went to, out to it and the
   * leaf to the right, or to these two and a new one between them: splitting two pages into three keeps
   * them fuller than splitting one into two. Returns false, and has changed nothing but the list, where
   * there is no leaf to the right in the same branch, or no room for what the branch has to hold then.
   */
  #shareWithNeighbour(): boolean {
    const { access } = this;
    const { leaf, store } = access;
    const list = this.#list;
    const level = this.height - 1;
    const branch = access.branchAt(this.#branches[level] ?? this.root);
    const child = this.#children[level] ?? 0;
    if (level < 0 || child === branch.count) return false;
    const shared = branch.word0(child);
    const neighbour = this.#moved(this.#otherLeaf, shared);
    list.take(neighbour, 0, neighbour.count);
    const half = cutAt(list, 1 / 2);
    const isEnough =
      leaf.couldHold(list, 0, half, spareBytes) &&
      leaf.couldHold(list, half, list.count, spareBytes);
    const first = isEnough ? half : cutAt(list, 1 / 3);
    const second = isEnough ? half : cutAt(list, 2 / 3);
    const doFit =
      leaf.couldHold(list, 0, first) &&
      leaf.couldHold(list, first, second) &&
      leaf.couldHold(list, second, list.count);
    if (!doFit) return false;
    list.copySeparator(first, this.#separator);
    list.copySeparator(second, this.#otherSeparator);
    const branchBytes = branch.bytesFor(this.#separator) + branch.bytesFor(this.#otherSeparator);
    if (branchBytes > branch.freeBytes) return false;
    const last = store.own(shared);
    branch.remove(child);
    insertInto(branch, child, this.#otherSeparator, last);
    refill(leaf, list, 0, first);
    refill(this.#moved(this.#otherLeaf, last), list, second, list.count);
    if (!isEnough) {
      const middle = store.allocate();
      insertInto(branch, child, this.#separator, middle);
      refill(this.#moved(this.#otherLeaf, middle), list, first, second);
    }
    return true;
  }

  /** Enters a page that was split off to the right of `left`, a child of the branch at `level`. */
  #insertChild(level: number, left: number, right: number): void {
    const { access } = this;
    if (level < 0) {
      this.root = access.store.allocate();
      this.height++;
      const root = access.branchAt(this.root);
      root.fill(this.#list, 0, 0);
      insertInto(root, 0, this.#separator, right);
      root.leftChild = left;
      return;
    }
    const number = this.#branches[level] ?? 0;
    const child = this.#children[level] ?? 0;
    const branch = access.branchAt(number);
    if (branch.insert(child, this.#separator, right, 0)) return;
    const list = this.#list.clear().take(branch, 0, child).add(this.#separator, right, 0);
    list.take(branch, child, branch.count);
    if (!branch.fill(list, 0, list.count)) this.#splitBranch(level, number, child);
  }

  /** Splits a branch in two, whose entries are in the list, the new one at `inserted`. */
  #splitBranch(level: number, number: number, inserted: number): void {
    const { access } = this;
    const list = this.#list;
    // The middle key moves up; what it led to becomes the right page's first child.
    const middle = Math.min(splitIndex(list, inserted), list.count - 2);
    const branch = access.branchAt(number);
    const rightNumber = access.store.allocate();
    const right = this.#moved(this.#otherBranch, rightNumber);
    refill(right, list, middle + 1, list.count);
    refill(branch, list, 0, middle);
    right.leftChild = list.word0(middle);
    list.copyKey(middle, this.#separator);
    this.#insertChild(level - 1, number, rightNumber);
  }

  /** Takes an empty page out of the branch at `level`, and that too if it is left without children. */
  #dropChild(level: number, number: number): void {
    if (level < 0) return; // The root may be an empty leaf.
    const { access } = this;
    access.store.release(number);
    const parent = this.#branches[level] ?? 0;
    const child = this.#children[level] ?? 0;
    const branch = access.branchAt(parent);
    if (child > 0) {
      branch.remove(child - 1);
    } else if (branch.count > 0) {
      branch.leftChild = branch.word0(0);
      branch.remove(0);
    } else {
      this.#dropChild(level - 1, parent);
      return;
    }
    this.#lowerRoot();
  }

  /** Moves the entries of the leaf to the right into the leaf that `#find` went to, if they fit. */
  #mergeLeaf(): void {
    if (this.height === 0) return;
    const { access } = this;
    const { leaf } = access;
    const child = this.#children[this.height - 1] ?? 0;
    const branch = access.branchAt(this.#branches[this.height - 1] ?? 0);
    if (child >= branch.count) return;
    const rightNumber = childAt(branch, child + 1);
    const right = this.#moved(this.#otherLeaf, rightNumber);
    const list = this.#list.clear().take(leaf, 0, leaf.count).take(right, 0, right.count);
    if (!leaf.fill(list, 0, list.count)) return;
    branch.remove(child);
    access.store.release(rightNumber);
    this.#lowerRoot();
  }

  #lowerRoot(): void {
    while (this.height > 0) {
      const branch = this.access.branchAt(this.root);
      if (branch.count > 0) return;
      const child = branch.leftChild;
      this.access.store.release(this.root);
      this.root = child;
      this.height--;
    }
  }
}

function setChild(branch: TreePage, child: number, page: number): void {
  if (child === 0) branch.leftChild = page;
  else branch.setValue(child - 1, page, 0);
}

/** As `TreePage.fill`, where there is room for sure. */
function refill(page: TreePage, list: EntryList, from: number, to: number, prefix?: number): void {
  if (!page.fill(list, from, to, prefix)) throw new Error("assertion failed: entries fit a page");
}

/** Inserts a child to the right of `separator`, where there is room for sure. */
function insertInto(branch: TreePage, index: number, separator: KeyBytes, page: number): void {
  if (!branch.insert(index, separator, page, 0)) {
    throw new Error("assertion failed: a separator fits a branch");
  }
}
