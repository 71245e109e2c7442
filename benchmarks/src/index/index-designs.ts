import type { IndexDesign } from "./index-design.ts";
import { packedPagesDesign } from "./packed-pages-design.ts";
import { RadixTree } from "./radix-tree.ts";
import { mapBesideBTreeDesign, sortedBTreeDesign } from "./sorted-btree-designs.ts";

/** How designs are called in rounds and tables. */
export const designNames = {
  packedPages: "packed pages",
  mapBesideBTree: "Map + sorted-btree",
  sortedBTree: "sorted-btree",
  radixTree: "radix tree",
} as const;

const makers: Readonly<Record<string, () => IndexDesign>> = {
  [designNames.packedPages]: packedPagesDesign,
  [designNames.mapBesideBTree]: mapBesideBTreeDesign,
  [designNames.sortedBTree]: sortedBTreeDesign,
  [designNames.radixTree]: () => new RadixTree(),
};

/** An empty index of the design of a name. Throws where there is none. */
export function newIndex(name: string): IndexDesign {
  const make = makers[name];
  if (make === undefined) throw new Error(`assertion failed: no design "${name}"`);
  return make();
}
