import { expect, test } from "vitest";

import { checkSample, sampleDocument, sampleKey, scatteredIndex } from "./sample-document.ts";

test("another document than the one that was asked for is no answer", () => {
  checkSample(sampleDocument(7), 7);
  for (const value of [sampleDocument(8), undefined, null, 7, [7], {}]) {
    expect(() => checkSample(value, 7)).toThrow(`under ${sampleKey(7)} something else was read`);
  }
});

test("keys are in the order of their numbers", () => {
  const keys = [0, 9, 10, 99_999, 100_000].map(sampleKey);
  expect(keys).toEqual(keys.toSorted());
});

test("turns reach documents all over them", () => {
  const count = 1_000;
  const reached = Array.from({ length: 10 * count }, (_, turn) => scatteredIndex(turn, count));
  expect(Math.min(...reached)).toBe(0);
  expect(Math.max(...reached)).toBe(count - 1);
  expect(new Set(reached).size).toBeGreaterThan(count * 0.9);
  // Neighbours in time are no neighbours in the key order.
  const near = reached.slice(1).filter((index, turn) => Math.abs(index - (reached[turn] ?? 0)) < 2);
  expect(near.length).toBeLessThan(count * 0.1);
});
