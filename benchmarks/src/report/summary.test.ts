import { expect, test } from "vitest";

import { summarize } from "./summary.ts";

test("an odd number of rounds has the one in the middle as its median", () => {
  expect(summarize([30, 10, 20])).toEqual({ median: 20, least: 10, greatest: 30 });
});

test("an even number of rounds has the mean of the two in the middle", () => {
  expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, least: 1, greatest: 4 });
});

test("figures are compared as numbers, not as text", () => {
  expect(summarize([9, 10, 100])?.median).toBe(10);
});

test("no rounds have no summary", () => {
  expect(summarize([])).toBeUndefined();
});
