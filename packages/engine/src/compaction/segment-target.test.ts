import { expect, test } from "vitest";

import { runBytesOf, sealBytesOf, shortestRunBytes } from "./segment-target.ts";

const MiB = 1 << 20;

test.each([
  ["nothing", 0, 1],
  ["a little", 3, 1],
  ["more", 160, 20],
  ["much", 10_000, 64],
])("of %s live, compaction writes an eighth at once, within bounds", (_what, live, expected) => {
  expect(runBytesOf(live * MiB, 64 * MiB)).toBe(expected * MiB);
});

test("segments of any length are not cut into tiny ones", () => {
  expect(shortestRunBytes(64 * MiB)).toBe(1 * MiB);
  expect(shortestRunBytes(1 * MiB)).toBe(64 << 10);
  expect(shortestRunBytes(4_096)).toBe(4_096);
});

test("only where there is garbage, segments are sealed before they are full", () => {
  const sealed = (live: number, garbage: number): number =>
    sealBytesOf({ liveBytes: live * MiB, garbageBytes: garbage * MiB }, 64 * MiB) / MiB;
  expect(sealed(160, 0)).toBe(64);
  expect(sealed(160, 19)).toBe(64);
  expect(sealed(160, 20)).toBe(20);
  expect(sealed(0, 1)).toBe(1);
});

test("lengths are whole numbers of bytes", () => {
  expect(runBytesOf(160 * MiB + 1, 64 * MiB)).toBe(20 * MiB);
  expect(shortestRunBytes(64 * MiB + 1)).toBe(1 * MiB);
});
