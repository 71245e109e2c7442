import * as fc from "fast-check";
import { expect, test } from "vitest";

import { RadixTree } from "./radix-tree.ts";

// Keys that are the beginnings of others, that share much, and that branch widely.
const key = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 }),
  fc
    .string({ unit: fc.constantFrom("a", "b"), maxLength: 3 })
    .map((end) => `${"long".repeat(9)}${end}`),
  fc.integer({ min: 1, max: 127 }).map((code) => String.fromCharCode(code)),
  fc.nat({ max: 999_999 }).map((number) => `user:${String(number).padStart(10, "0")}`),
);

test("keeps what a Map keeps, in the order of the keys", () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 600, size: "max" }), key, (keys, absent) => {
      const tree = new RadixTree();
      const map = new Map<string, number>();
      for (const [value, key] of keys.entries()) {
        tree.set(key, value);
        map.set(key, value);
      }
      for (const [key, value] of map) expect(tree.get(key)).toBe(value);
      expect(tree.get(absent)).toBe(map.get(absent));
      const scanned: [string, number][] = [];
      tree.scan((key, value) => scanned.push([key, value]));
      expect(scanned).toEqual([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      expect(tree.sum()).toBe([...map.values()].reduce((sum, value) => sum + value, 0));
    }),
    { numRuns: 300 },
  );
});
