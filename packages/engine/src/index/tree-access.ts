import { KeyBytes } from "./key-bytes.ts";
import type { PageStore } from "./page-store.ts";
import { TreePage } from "./tree-page.ts";

/** Makes a value of the two words that a tree keeps for a key. */
export interface WordDecoder<Value> {
  decode(word0: number, word1: number): Value;
}

/** What a tree and its snapshots share: where pages are, and what one call at a time works with. */
export class TreeAccess<Value> {
  readonly store: PageStore;
  readonly decoder: WordDecoder<Value>;
  /** The leaf that was gone to last. */
  readonly leaf = new TreePage(2);
  /** The branch that was gone to last. */
  readonly branch = new TreePage(1);
  /** The key that is looked for. */
  readonly key = new KeyBytes();

  constructor(store: PageStore, decoder: WordDecoder<Value>) {
    this.store = store;
    this.decoder = decoder;
  }

  leafAt(page: number): TreePage {
    return this.leaf.moveTo(this.store.slabOf(page), page);
  }

  branchAt(page: number): TreePage {
    return this.branch.moveTo(this.store.slabOf(page), page);
  }
}

/** Which child of a branch has the keys around `key`: 0 is the left one, 1 that of the first entry. */
export function childIndex(branch: TreePage, key: KeyBytes): number {
  const found = branch.search(key);
  return found < 0 ? -1 - found : found + 1;
}

export const childAt = (branch: TreePage, child: number): number =>
  child === 0 ? branch.leftChild : branch.word0(child - 1);
