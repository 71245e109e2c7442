import { expect, test } from "vitest";

import { formatCount, formatNumber } from "./units.ts";

test.each([
  [1_234_567.8, "1,234,568"],
  [100.4, "100"],
  [99.96, "100.0"],
  [12.345, "12.3"],
  [1.005, "1.00"],
  [0.012345, "0.0123"],
  [0, "0"],
  [Number.NaN, "–"],
])("%d reads %s in a table", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [0.5, "0.5"],
  [500, "500"],
  [10_000, "10 k"],
  [200_000, "200 k"],
  [1_500_000, "1.5 M"],
  [20_000_000, "20 M"],
  [2e9, "2 G"],
])("%d reads %s on an axis", (value, text) => {
  expect(formatCount(value)).toBe(text);
});
