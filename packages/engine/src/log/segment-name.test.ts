import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { LogOffset } from "../scalars.ts";

import {
  isTemporaryFileName,
  parseSegmentFileName,
  partitionSegments,
  segmentFileName,
  temporaryFileName,
  type SegmentName,
} from "./segment-name.ts";

const offset = fc.maxSafeNat().map((value) => value as LogOffset);

const name = (baseOffset: number, coveredEnd?: number): SegmentName => ({
  baseOffset: baseOffset as LogOffset,
  coveredEnd: coveredEnd as LogOffset | undefined,
});

test("a file name is read as it was made, and sorts as its offset", () => {
  fc.assert(
    fc.property(offset, fc.option(offset, { nil: undefined }), (baseOffset, coveredEnd) => {
      const fileName = segmentFileName({ baseOffset, coveredEnd });
      expect(parseSegmentFileName(fileName)).toEqual({ baseOffset, coveredEnd });
      expect(isTemporaryFileName(fileName)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(offset, offset, (a, b) => {
      const [first, second] = [segmentFileName(name(a)), segmentFileName(name(b))];
      expect(first < second).toBe(a < b);
      expect(isTemporaryFileName(temporaryFileName(a, b))).toBe(true);
      expect(parseSegmentFileName(temporaryFileName(a, b))).toBeUndefined();
    }),
  );
});

test.each([
  "DATABASE",
  "0.log",
  "00000000000000000000.LOG",
  "00000000000000000000.log.old",
  "x00000000000000000000.log",
  "00000000000000000000-1.log",
  "99999999999999999999.log",
  "00000000000000000000-99999999999999999999.log",
])("%s is not the name of a segment", (fileName) => {
  expect(parseSegmentFileName(fileName)).toBeUndefined();
  expect(isTemporaryFileName(fileName)).toBe(false);
});

describe("which segments are in force", () => {
  test.each([
    ["none", [], []],
    ["all that were appended to", [name(10), name(0), name(20)], []],
    ["a compacted one for those that it covers", [name(0, 20), name(20)], [name(0), name(10)]],
    ["compacted ones beside each other", [name(0, 10), name(10, 20), name(20)], []],
    ["the wider of two compacted ones", [name(0, 20), name(20)], [name(0, 10), name(10)]],
    [
      "the wider one, whichever way",
      [name(0, 30), name(30)],
      [name(10, 20), name(20), name(0, 10)],
    ],
    ["a compacted one for itself before", [name(0, 20), name(20)], [name(0)]],
    ["one that ends beyond a compacted one stays", [name(0, 20), name(10, 30)], []],
    ["an empty gap covers nothing but itself", [name(0, 20), name(20, 30), name(30)], [name(20)]],
  ])("%s", (_what, current, replaced) => {
    for (const names of [[...current, ...replaced], [...replaced, ...current].toReversed()]) {
      const parted = partitionSegments(names);
      expect(parted.current).toEqual(current.toSorted((a, b) => a.baseOffset - b.baseOffset));
      expect(new Set(parted.replaced)).toEqual(new Set(replaced));
    }
  });
});
