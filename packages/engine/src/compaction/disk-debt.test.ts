import * as fc from "fast-check";
import { expect, test } from "vitest";

import { debtOf } from "./disk-debt.ts";

const MiB = 1 << 20;
const segmentBytes = 64 * MiB;
const idle = { readBytes: 0, writtenBytes: 0 };

/** Sizes in MiB. */
const debt = (file: number, live: number, remaining = idle): number =>
  debtOf({ fileBytes: file * MiB, liveBytes: live * MiB, remaining }, segmentBytes);

test("rises from one and a half times the live data to twice that and 4 MiB", () => {
  expect(debt(100, 100)).toBe(0);
  expect(debt(150, 100)).toBe(0);
  expect(debt(177, 100)).toBe(0.5);
  expect(debt(204, 100)).toBe(1);
  expect(debt(1_000, 100)).toBe(1);
  expect(debt(4, 0)).toBe(1);
});

test("counts what a run will write, and what writers may write meanwhile, beforehand", () => {
  expect(debt(150, 100, { readBytes: 0, writtenBytes: 54 * MiB })).toBe(1);
  expect(debt(150, 100, { readBytes: 6 * 54 * MiB, writtenBytes: 0 })).toBe(1);
});

test("below 1, a run that goes on at the bound stays within it", () => {
  const sizes = fc.nat({ max: 1_000 });
  fc.assert(
    fc.property(sizes, sizes, sizes, sizes, (file, live, read, written) => {
      const remaining = { readBytes: read * MiB, writtenBytes: written * MiB };
      if (debt(file, live, remaining) === 1) return;
      expect(file + written + read / 6).toBeLessThan(2 * live + 4);
    }),
  );
});
