import { expect, test } from "vitest";

import { inTurn } from "./part.ts";

test("each round begins with another subject and takes all of them", () => {
  const names = ["a", "b", "c"];
  expect([0, 1, 2, 3].map((round) => inTurn(names, round).join(""))).toEqual([
    "abc",
    "bca",
    "cab",
    "abc",
  ]);
  expect(inTurn([], 2)).toEqual([]);
});
