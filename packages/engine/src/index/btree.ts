/**
 * A B+tree that copies a node before it changes it when a snapshot may hold the node. Each node
 * carries the token of the edit that made it; taking a snapshot gives the tree a new token, so that
 * all nodes of before are copied on their next change and the snapshot keeps the old ones.
 *
 * Nodes split at `maxItems` and vanish when they are empty; half-empty neighbours are not merged, as
 * keys that come back fill them again.
 */
import type { ByteString } from "../log/byte-string.ts";

import type { IndexReader, KeyRange, OrderedIndex } from "./ordered-index.ts";

const maxItems = 64;

type EditToken = object;

interface Leaf<Value> {
  readonly kind: "leaf";
  readonly token: EditToken;
  readonly keys: ByteString[];
  readonly values: Value[];
}

interface Branch<Value> {
  readonly kind: "branch";
  readonly token: EditToken;
  // Invariant: children.length = keys.length + 1; all keys under children[i] are below keys[i], all
  // under children[i + 1] are not.
  readonly keys: ByteString[];
  readonly children: Node<Value>[];
}

type Node<Value> = Leaf<Value> | Branch<Value>;

/** What a node became by a change: itself or its copy, and a right sibling if it was split. */
interface Changed<Value> {
  readonly node: Node<Value>;
  readonly split?: { readonly key: ByteString; readonly right: Node<Value> };
  readonly previous: Value | undefined;
}

class TreeReader<Value> implements IndexReader<Value> {
  protected root: Node<Value>;
  protected count: number;

  constructor(root: Node<Value>, count: number) {
    this.root = root;
    this.count = count;
  }

  get size(): number {
    return this.count;
  }

  get(key: ByteString): Value | undefined {
    let node = this.root;
    while (node.kind === "branch") node = childAt(node, upperBound(node.keys, key));
    const index = lowerBound(node.keys, key);
    return node.keys[index] === key ? node.values[index] : undefined;
  }

  *entries(range: KeyRange, reverse: boolean): IterableIterator<readonly [ByteString, Value]> {
    const walk = reverse ? descend(this.root, range) : ascend(this.root, range);
    yield* walk;
  }
}

export class BTree<Value> extends TreeReader<Value> implements OrderedIndex<Value> {
  #token: EditToken = {};

  constructor() {
    const token = {};
    super({ kind: "leaf", token, keys: [], values: [] }, 0);
    this.#token = token;
  }

  set(key: ByteString, value: Value): Value | undefined {
    const { node, split, previous } = this.#setIn(this.root, key, value);
    this.root =
      split === undefined
        ? node
        : { kind: "branch", token: this.#token, keys: [split.key], children: [node, split.right] };
    if (previous === undefined) this.count++;
    return previous;
  }

  delete(key: ByteString): Value | undefined {
    const { node, previous } = this.#deleteIn(this.root, key);
    this.root = node;
    while (this.root.kind === "branch" && this.root.children.length === 1) {
      this.root = childAt(this.root, 0);
    }
    if (previous !== undefined) this.count--;
    return previous;
  }

  snapshot(): IndexReader<Value> {
    this.#token = {};
    return new TreeReader(this.root, this.count);
  }

  #setIn(node: Node<Value>, key: ByteString, value: Value): Changed<Value> {
    if (node.kind === "leaf") {
      const leaf = this.#ownLeaf(node);
      const index = lowerBound(leaf.keys, key);
      if (leaf.keys[index] === key) {
        const previous = leaf.values[index];
        leaf.values[index] = value;
        return { node: leaf, previous };
      }
      leaf.keys.splice(index, 0, key);
      leaf.values.splice(index, 0, value);
      return { ...this.#splitLeaf(leaf, index), previous: undefined };
    }
    const branch = this.#ownBranch(node);
    const index = upperBound(branch.keys, key);
    const child = this.#setIn(childAt(branch, index), key, value);
    branch.children[index] = child.node;
    if (child.split !== undefined) {
      branch.keys.splice(index, 0, child.split.key);
      branch.children.splice(index + 1, 0, child.split.right);
    }
    return { ...this.#splitBranch(branch), previous: child.previous };
  }

  #splitLeaf(leaf: Leaf<Value>, inserted: number): Omit<Changed<Value>, "previous"> {
    if (leaf.keys.length <= maxItems) return { node: leaf };
    // Keys that come in rising order leave full leaves behind them, not half-full ones.
    const middle = inserted === leaf.keys.length - 1 ? inserted : leaf.keys.length >>> 1;
    const keys = leaf.keys.splice(middle);
    const values = leaf.values.splice(middle);
    const [key] = keys;
    if (key === undefined) throw new Error("assertion failed: a split leaf has keys on both sides");
    return {
      node: leaf,
      split: { key, right: { kind: "leaf", token: this.#token, keys, values } },
    };
  }

  #splitBranch(branch: Branch<Value>): Omit<Changed<Value>, "previous"> {
    if (branch.children.length <= maxItems) return { node: branch };
    const middle = branch.keys.length >>> 1;
    const keys = branch.keys.splice(middle + 1);
    const children = branch.children.splice(middle + 1);
    const key = branch.keys.pop();
    if (key === undefined) throw new Error("assertion failed: a split branch has a middle key");
    return {
      node: branch,
      split: { key, right: { kind: "branch", token: this.#token, keys, children } },
    };
  }

  #deleteIn(node: Node<Value>, key: ByteString): Omit<Changed<Value>, "split"> {
    if (node.kind === "leaf") {
      const index = lowerBound(node.keys, key);
      if (node.keys[index] !== key) return { node, previous: undefined };
      const leaf = this.#ownLeaf(node);
      leaf.keys.splice(index, 1);
      const [previous] = leaf.values.splice(index, 1);
      return { node: leaf, previous };
    }
    const index = upperBound(node.keys, key);
    const child = this.#deleteIn(childAt(node, index), key);
    if (child.previous === undefined) return { node, previous: undefined };
    const branch = this.#ownBranch(node);
    if (isEmpty(child.node) && branch.children.length > 1) {
      branch.children.splice(index, 1);
      branch.keys.splice(Math.max(index - 1, 0), 1);
    } else {
      branch.children[index] = child.node;
    }
    return { node: branch, previous: child.previous };
  }

  #ownLeaf(leaf: Leaf<Value>): Leaf<Value> {
    if (leaf.token === this.#token) return leaf;
    return { ...leaf, token: this.#token, keys: leaf.keys.slice(), values: leaf.values.slice() };
  }

  #ownBranch(branch: Branch<Value>): Branch<Value> {
    if (branch.token === this.#token) return branch;
    return {
      ...branch,
      token: this.#token,
      keys: branch.keys.slice(),
      children: branch.children.slice(),
    };
  }
}

function* ascend<Value>(
  node: Node<Value>,
  range: KeyRange,
): IterableIterator<readonly [ByteString, Value]> {
  const { lower, upper } = range;
  if (node.kind === "branch") {
    const from = lower === undefined ? 0 : upperBound(node.keys, lower.key);
    const to = upper === undefined ? node.keys.length : upperBound(node.keys, upper.key);
    for (let index = from; index <= to; index++) yield* ascend(childAt(node, index), range);
    return;
  }
  const [from, to] = leafInterval(node, range);
  for (let index = from; index < to; index++) yield entryAt(node, index);
}

function* descend<Value>(
  node: Node<Value>,
  range: KeyRange,
): IterableIterator<readonly [ByteString, Value]> {
  const { lower, upper } = range;
  if (node.kind === "branch") {
    const from = lower === undefined ? 0 : upperBound(node.keys, lower.key);
    const to = upper === undefined ? node.keys.length : upperBound(node.keys, upper.key);
    for (let index = to; index >= from; index--) yield* descend(childAt(node, index), range);
    return;
  }
  const [from, to] = leafInterval(node, range);
  for (let index = to - 1; index >= from; index--) yield entryAt(node, index);
}

function leafInterval<Value>(leaf: Leaf<Value>, { lower, upper }: KeyRange): [number, number] {
  const { keys } = leaf;
  const from =
    lower === undefined ? 0 : (lower.inclusive ? lowerBound : upperBound)(keys, lower.key);
  const to =
    upper === undefined
      ? keys.length
      : (upper.inclusive ? upperBound : lowerBound)(keys, upper.key);
  return [from, to];
}

function entryAt<Value>(leaf: Leaf<Value>, index: number): readonly [ByteString, Value] {
  const key = leaf.keys[index];
  const value = leaf.values[index];
  if (key === undefined || value === undefined) {
    throw new Error("assertion failed: a leaf has as many values as keys");
  }
  return [key, value];
}

function childAt<Value>(branch: Branch<Value>, index: number): Node<Value> {
  const child = branch.children[index];
  if (child === undefined) throw new Error("assertion failed: a branch has a child for every key");
  return child;
}

const isEmpty = (node: Node<unknown>): boolean => node.kind === "leaf" && node.keys.length === 0;

/** The first index whose key is not below `key`. */
function lowerBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = keys[middle];
    if (candidate !== undefined && candidate < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index whose key is above `key`. */
function upperBound(keys: readonly ByteString[], key: ByteString): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = keys[middle];
    if (candidate !== undefined && candidate <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
