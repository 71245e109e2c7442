import { expect, test } from "vitest";

import { niceDomain, positionOf, ticksOf } from "./log-scale.ts";

test.each([
  [[3, 40], 2, 50],
  [[1, 10], 1, 10],
  [[0.07, 0.3], 0.05, 0.5],
  [[10_000, 10_000_000], 10_000, 10_000_000],
  [[7], 5, 10],
  [[5], 5, 10],
  [[0, -3, 8], 5, 10],
  [[], 1, 10],
])("values %j are shown from %d to %d", (values, least, greatest) => {
  const domain = niceDomain(values);
  expect(domain.least).toBeCloseTo(least, 9);
  expect(domain.greatest).toBeCloseTo(greatest, 9);
});

test("equal factors are equal distances", () => {
  const domain = { least: 10, greatest: 10_000 };
  expect(positionOf(10, domain)).toBe(0);
  expect(positionOf(10_000, domain)).toBe(1);
  expect(positionOf(100, domain)).toBeCloseTo(1 / 3, 9);
});

test("a short axis names 1, 2 and 5, a long one powers of ten", () => {
  expect(ticksOf({ least: 2, greatest: 50 })).toEqual([2, 5, 10, 20, 50]);
  expect(ticksOf({ least: 500, greatest: 2_000_000 })).toEqual([1_000, 10_000, 100_000, 1_000_000]);
});
