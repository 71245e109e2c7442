import { describe, expect, test } from "vitest";

import {
  presumedSlowness,
  slownessAfter,
  WaitAccount,
  wantsCompression,
} from "./compression-choice.ts";

const KiB = 1 << 10;
const MiB = 1 << 20;

/** Whether compression is wanted after bodies of so many bytes, each of which was waited for so long. */
function wantsAfter(...bodies: readonly (readonly [bytes: number, waitedMs: number])[]): boolean {
  const slowness = bodies.reduce(
    (before, [bytes, waitedMs]) => slownessAfter(before, bytes, waitedMs),
    presumedSlowness,
  );
  return wantsCompression("auto", slowness);
}

/** As many bodies of 4 MiB by a way of so many bytes a second. */
const bodies = (count: number, bytesPerSecond: number): (readonly [number, number])[] =>
  Array.from({ length: count }, () => [4 * MiB, (4 * MiB * 1_000) / bytesPerSecond] as const);

describe("by itself", () => {
  test("compression is not wanted before anything is known", () => {
    expect(wantsAfter()).toBe(false);
  });

  test.each([
    ["10 Gbit/s", 1.2e9, false],
    ["1 Gbit/s", 117e6, false],
    ["a little more than the limit", 70e6, false],
    ["a little less than the limit", 60e6, true],
    ["100 Mbit/s", 11.7e6, true],
  ])("by %s", (_what, bytesPerSecond, isWanted) => {
    expect(wantsAfter(...bodies(20, bytesPerSecond))).toBe(isWanted);
  });

  test("one body by a slow way is enough to tell", () => {
    expect(wantsAfter(...bodies(1, 11.7e6))).toBe(true);
  });

  test("many small ones by a slow way tell as well, and the smallest tell nothing", () => {
    const slow = (bytes: number) => [bytes, bytes / 1e3] as const; // 1 MB/s
    expect(wantsAfter(...Array.from({ length: 10 }, () => slow(40 * KiB)))).toBe(true);
    expect(wantsAfter(...Array.from({ length: 1_000 }, () => slow(31 * KiB)))).toBe(false);
  });

  test("a pause in between does not turn it on", () => {
    expect(wantsAfter(...bodies(2, 1.2e9), [64 * KiB, 50], ...bodies(2, 1.2e9))).toBe(false);
  });

  test("a way that has become fast turns it off, and one that has become slow on", () => {
    expect(wantsAfter(...bodies(5, 11.7e6), ...bodies(10, 1.2e9))).toBe(false);
    expect(wantsAfter(...bodies(50, 1.2e9), ...bodies(3, 11.7e6))).toBe(true);
  });
});

test("who is told does as it is told", () => {
  expect(wantsCompression("on", presumedSlowness)).toBe(true);
  expect(wantsCompression("off", 1e9)).toBe(false);
});

test("time in which several answers are waited for is counted once", () => {
  let nowMs = 1_000;
  const waits = new WaitAccount(() => nowMs);
  const first = waits.begin();
  nowMs += 10;
  const second = waits.begin();
  nowMs += 20;
  expect(first()).toBe(30);
  nowMs += 5;
  expect(second()).toBe(5);
  const third = waits.begin();
  nowMs += 7;
  expect(third()).toBe(7);
});
