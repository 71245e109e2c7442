import { expect, test } from "vitest";

import { wholeNumber } from "./option-values.ts";

test("whole numbers are taken, and nothing else", () => {
  expect(wholeNumber(0)("0")).toBe(0);
  expect(wholeNumber(1)("4294967295")).toBe(4_294_967_295);
  for (const text of ["", "-1", "1.5", "4294967296", "1e3", "x"]) {
    expect(() => wholeNumber(0)(text)).toThrow("whole number");
  }
  expect(() => wholeNumber(1)("0")).toThrow("from 1");
});
