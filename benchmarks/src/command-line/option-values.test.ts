import { expect, test } from "vitest";

import { parseCount, parseCounts, parseNames } from "./option-values.ts";

test.each([
  ["1", 1],
  ["1_000", 1_000],
  ["10,000", 10_000],
  ["20k", 20_000],
  ["2M", 2_000_000],
])("%s is %d", (text, count) => {
  expect(parseCount(text)).toBe(count);
});

test.each(["", "0", "-1", "1.5", "many", "1G", "99999999999999999999", "_"])(
  "%j is no count",
  (text) => {
    expect(() => parseCount(text)).toThrow("whole number");
  },
);

test("counts may stand in a list", () => {
  expect(parseCounts("10k,1M")).toEqual([10_000, 1_000_000]);
  expect(() => parseCounts("10k,")).toThrow("whole number");
});

test("a name that nobody knows is told beside those that are known", () => {
  expect(parseNames("b,a", ["a", "b"])).toEqual(["b", "a"]);
  expect(() => parseNames("a,c", ["a", "b"])).toThrow('There is no "c": choose of a, b.');
});
