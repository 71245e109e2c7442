import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { ManualClock } from "../../test/cluster/manual-clock.ts";

import { CopyProgress } from "./copy-progress.ts";

const contactMs = 1_000;

test("a copy that is never level tells how old it is, not since when it is behind", () => {
  const clock = new ManualClock();
  const progress = new CopyProgress(clock, contactMs);
  const told: (number | undefined)[] = [];
  // Every 10 ms a record is written, and shown here 25 ms later, when there are two more.
  for (let written = 0; written < 100; written++) {
    clock.advance(10);
    progress.answered(logOffset(written), 1, logOffset(Math.max(0, written - 1)));
    const highWatermark = logOffset(Math.max(0, written - 2));
    progress.shown(highWatermark);
    if (written >= 10) told.push(progress.lag(highWatermark).sinceCaughtUpMs);
  }
  expect(Math.min(...told.map(Number))).toBeGreaterThanOrEqual(20);
  expect(Math.max(...told.map(Number))).toBeLessThan(50);
});

test("one that stands still gets older", () => {
  const clock = new ManualClock();
  const progress = new CopyProgress(clock, contactMs);
  const here = logOffset(5);
  progress.answered(here, 1, here);
  progress.shown(here);
  expect(progress.lag(here)).toMatchObject({ records: 0, sinceCaughtUpMs: 0 });
  for (let end = 6; end < 20; end++) {
    clock.advance(100);
    progress.answered(logOffset(end), 1, here);
    progress.shown(here);
  }
  expect(progress.lag(here)).toMatchObject({ records: 14, sinceCaughtUpMs: 1_400 });
});
