import { expect, test } from "vitest";

import { atLeast, atLeastTimes, atMost, atMostTimes, describeMark, isMet } from "./mark.ts";

test("a mark of the ratio looks at the ratio, a mark of the figure at the figure", () => {
  expect(isMet(atLeastTimes(4), 1, 4)).toBe(true);
  expect(isMet(atLeastTimes(4), 100, 3.99)).toBe(false);
  expect(isMet(atMostTimes(2), 100, 2)).toBe(true);
  expect(isMet(atMostTimes(2), 1, 2.01)).toBe(false);
  expect(isMet(atLeast(100), 100, 0)).toBe(true);
  expect(isMet(atLeast(100), 99, 5)).toBe(false);
  expect(isMet(atMost(60), 60, 9)).toBe(true);
  expect(isMet(atMost(60), 61, 0)).toBe(false);
});

test("what was not measured neither meets nor misses a mark", () => {
  expect(isMet(atLeastTimes(4), 100, undefined)).toBeUndefined();
  expect(isMet(atMost(60), undefined, 1)).toBeUndefined();
});

test("marks are told with their sign", () => {
  expect(describeMark(atLeastTimes(1.5))).toBe("≥ 1.5 ×");
  expect(describeMark(atLeastTimes(4))).toBe("≥ 4 ×");
  expect(describeMark(atMost(1_000))).toBe("≤ 1,000");
});
