import { expect, test } from "vitest";

import { scatteredIndexes, shuffledIndexes } from "./scattered.ts";

test("scattered numbers stay below the count and repeat with the seed", () => {
  const indexes = scatteredIndexes(100, 1_000, 7);
  expect(indexes.every((index) => index < 100)).toBe(true);
  expect(new Set(indexes).size).toBe(100);
  expect(scatteredIndexes(100, 1_000, 7)).toEqual(indexes);
  expect(scatteredIndexes(100, 1_000, 8)).not.toEqual(indexes);
});

test("a shuffle has every number once, and not in order", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const indexes = shuffledIndexes(20, seed);
    expect(indexes.toSorted()).toEqual(Uint32Array.from({ length: 20 }, (_, index) => index));
    expect(indexes).not.toEqual(indexes.toSorted());
  }
});
