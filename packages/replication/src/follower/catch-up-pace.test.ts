import { logOffset } from "@boxerdb/engine";
import { beforeEach, expect, test } from "vitest";

import { ManualClock } from "../../test/cluster/manual-clock.ts";

import { CatchUpPace } from "./catch-up-pace.ts";

let clock: ManualClock;
let pace: CatchUpPace;
beforeEach(() => {
  clock = new ManualClock();
  pace = new CatchUpPace(clock);
});

/** The copy and its leader are so far after a time. */
const after = (ms: number, position: number, end: number) => {
  clock.advance(ms);
  pace.note(logOffset(position), logOffset(end));
  return pace.pace(logOffset(position), logOffset(end));
};

test("a copy that comes nearer knows when it will be there", () => {
  expect(after(0, 0, 10_000)).toEqual({ recordsPerSecond: undefined, remainingMs: undefined });
  expect(after(1_000, 1_000, 10_000)).toEqual({ recordsPerSecond: 1_000, remainingMs: 9_000 });
  // Writers go on, half as fast as it does.
  expect(after(1_000, 2_000, 11_000)).toEqual({ recordsPerSecond: 1_000, remainingMs: 18_000 });
});

test("one that does not get nearer does not", () => {
  after(0, 0, 10_000);
  expect(after(1_000, 1_000, 11_000)).toEqual({ recordsPerSecond: 1_000, remainingMs: undefined });
  expect(after(1_000, 1_000, 12_000).remainingMs).toBeUndefined();
});

test("one that has all has nothing left, whether or not something comes", () => {
  expect(after(0, 100, 100).remainingMs).toBe(0);
  expect(after(1_000, 100, 100)).toEqual({ recordsPerSecond: 0, remainingMs: 0 });
});

test("what is long ago does not count", () => {
  after(0, 0, 1_000_000);
  for (let second = 1; second <= 60; second++) after(1_000, 10_000, 1_000_000);
  expect(after(1_000, 10_000, 1_000_000).recordsPerSecond).toBe(0);
  after(5_000, 60_000, 1_000_000);
  expect(after(5_000, 110_000, 1_000_000).recordsPerSecond).toBe(10_000);
});

test("one that is cut off, or begun anew, is watched anew", () => {
  after(0, 5_000, 10_000);
  after(1_000, 6_000, 10_000);
  expect(after(1_000, 0, 10_000).recordsPerSecond).toBeUndefined();
  expect(after(1_000, 500, 10_000)).toEqual({ recordsPerSecond: 500, remainingMs: 19_000 });
});
