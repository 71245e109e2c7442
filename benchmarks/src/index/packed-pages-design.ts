import { PackedIndex } from "@boxerdb/engine/bench";

import type { IndexDesign } from "./index-design.ts";

/** The engine's own: a B+tree of packed pages in ArrayBuffers. */
export function packedPagesDesign(): IndexDesign {
  const index = new PackedIndex();
  return {
    set: (key, value) => index.set(key, value),
    get: (key) => index.get(key),
    scan: (visit) => {
      const cursor = index.cursor();
      while (cursor.next()) visit(cursor.key, cursor.value);
    },
    sum: () => {
      const cursor = index.cursor();
      let sum = 0;
      while (cursor.next()) sum += cursor.value;
      return sum;
    },
  };
}
