import * as fc from "fast-check";
import { expect, test } from "vitest";

import { InvalidOptionError } from "../errors.ts";
import { byteStringOf } from "../log/byte-string.ts";

import { keyRangeOf, type RangeOptions } from "./key-range.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "\uffee", "😀"), maxLength: 3 });
const options: fc.Arbitrary<RangeOptions> = fc.record(
  { prefix: text, gt: text, gte: text, lt: text, lte: text },
  { requiredKeys: [] },
);

/** Whether a key satisfies every option, each by its own words. */
function matches({ prefix, gt, gte, lt, lte }: RangeOptions, key: string): boolean {
  const order = (other: string): number => Buffer.compare(Buffer.from(key), Buffer.from(other));
  return (
    (prefix === undefined || key.startsWith(prefix)) &&
    (gt === undefined || order(gt) > 0) &&
    (gte === undefined || order(gte) >= 0) &&
    (lt === undefined || order(lt) < 0) &&
    (lte === undefined || order(lte) <= 0)
  );
}

test("a key lies in the range if and only if every option allows it", () => {
  fc.assert(
    fc.property(options, text, (options, key) => {
      const range = keyRangeOf(options);
      const bytes = byteStringOf(key);
      const lies =
        range !== undefined &&
        (range.lower === undefined ||
          bytes > range.lower.key ||
          (range.lower.inclusive && bytes === range.lower.key)) &&
        (range.upper === undefined ||
          bytes < range.upper.key ||
          (range.upper.inclusive && bytes === range.upper.key));
      expect(lies).toBe(matches(options, key));
    }),
    { numRuns: 5_000 },
  );
});

test("a range that no key can lie in is none", () => {
  expect(keyRangeOf({ gt: "b", lt: "a" })).toBeUndefined();
  expect(keyRangeOf({ gte: "a", lt: "a" })).toBeUndefined();
  expect(keyRangeOf({ gt: "a", lte: "a" })).toBeUndefined();
  expect(keyRangeOf({ prefix: "a", gt: "b" })).toBeUndefined();
  expect(keyRangeOf({ gte: "a", lte: "a" })).toBeDefined();
  expect(keyRangeOf({ prefix: "" })).toBeDefined();
});

test.each([-1, 1.5, Number.NaN, Infinity])("a limit of %s is refused", (limit) => {
  expect(() => keyRangeOf({ limit })).toThrow(InvalidOptionError);
});
