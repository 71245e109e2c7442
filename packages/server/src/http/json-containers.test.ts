import * as fc from "fast-check";
import { expect, test } from "vitest";

import { hasMoreContainers } from "./json-containers.ts";

const containersIn = (value: unknown): number =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce<number>((count, inner) => count + containersIn(inner), 1);

test("counts the arrays and objects of any JSON, and no bracket within a string", () => {
  const brackets = fc.string({ unit: fc.constantFrom("[", "{", '"', "\\", "é", "a") });
  const value = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      brackets,
      fc.integer(),
      fc.array(tie("tree")),
      fc.dictionary(brackets, tie("tree")),
    ),
  })).tree;
  fc.assert(
    fc.property(value, (tree) => {
      // Blanks, so that it is longer than the number that it is judged by.
      const json = Buffer.from(`${JSON.stringify(tree)}${" ".repeat(20)}`);
      const count = containersIn(tree);
      expect(hasMoreContainers(json, count)).toBe(false);
      if (count > 0) expect(hasMoreContainers(json, count - 1)).toBe(true);
    }),
  );
});
