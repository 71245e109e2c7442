import sortedBTree from "sorted-btree";

import type { IndexDesign } from "./index-design.ts";

const { default: BTree, simpleComparator } = sortedBTree;

// Its comparison for keys that are all strings, which is the fastest one.
const compare = (a: string, b: string): number => simpleComparator(a, b);

/** A B+tree of JavaScript arrays, for lookup and for order. */
export function sortedBTreeDesign(): IndexDesign {
  const tree = new BTree<string, number>(undefined, compare);
  return {
    set: (key, value) => {
      tree.set(key, value);
    },
    get: (key) => tree.get(key),
    scan: (visit) => {
      tree.forEachPair(visit);
    },
    sum: () => {
      let sum = 0;
      tree.forEachPair((_key, value) => {
        sum += value;
      });
      return sum;
    },
  };
}

/** A Map for lookup, and beside it a B+tree of JavaScript arrays that knows the keys' order. */
export function mapBesideBTreeDesign(): IndexDesign {
  const map = new Map<string, number>();
  // Without values it keeps no arrays for them.
  const order = new BTree<string, undefined>(undefined, compare);
  return {
    set: (key, value) => {
      const { size } = map;
      map.set(key, value);
      if (map.size > size) order.set(key, undefined);
    },
    get: (key) => map.get(key),
    scan: (visit) => {
      order.forEachPair((key) => visit(key, map.get(key) ?? Number.NaN));
    },
    sum: () => {
      let sum = 0;
      order.forEachPair((key) => {
        sum += map.get(key) ?? Number.NaN;
      });
      return sum;
    },
  };
}
