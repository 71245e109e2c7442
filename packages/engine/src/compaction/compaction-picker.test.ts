import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { garbageShare, pickRun, type CompactionCandidate } from "./compaction-picker.ts";

const segmentBytes = 1_000;

/** A segment that is full, of which so much is live. */
const full = (liveBytes: number): CompactionCandidate => ({ recordBytes: 1_000, liveBytes });
const small = (bytes: number): CompactionCandidate => ({ recordBytes: bytes, liveBytes: bytes });

describe("the run that is picked", () => {
  test.each([
    ["nothing of nothing", [], undefined],
    ["nothing where there is no garbage", [full(1_000), full(900), full(700)], undefined],
    ["nothing where all are small but clean", [small(10), small(10)], undefined],
    ["the worst one alone among clean ones", [full(1_000), full(100), full(1_000)], [1, 2]],
    ["the worst of several", [full(600), full(1_000), full(500)], [2, 3]],
    ["neighbours with garbage, while what stays fits", [full(400), full(300), full(250)], [0, 3]],
    ["no neighbour that does not fit", [full(650), full(400), full(650)], [1, 2]],
    ["small neighbours", [small(100), full(300), small(100), small(100)], [0, 4]],
    ["one in which nothing is left", [full(0)], [0, 1]],
  ])("%s", (_what, candidates, expected) => {
    const run = pickRun(candidates, segmentBytes);
    expect(run && [run.start, run.end]).toEqual(expected);
  });
});

const candidate = fc
  .tuple(fc.nat({ max: 1_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([recordBytes, share]) => ({ recordBytes, liveBytes: Math.floor(recordBytes * share) }));

test("a run is worth it, and what stays of it fits into a segment", () => {
  fc.assert(
    fc.property(fc.array(candidate), (candidates) => {
      const run = pickRun(candidates, segmentBytes);
      const isWorth = ({ recordBytes, liveBytes }: CompactionCandidate): boolean =>
        recordBytes > 0 && (recordBytes - liveBytes) / recordBytes >= garbageShare;
      expect(run !== undefined).toBe(candidates.some(isWorth));
      if (run === undefined) return;
      const picked = candidates.slice(run.start, run.end);
      expect(picked.some(isWorth)).toBe(true);
      const live = picked.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
      expect(live).toBeLessThanOrEqual(segmentBytes);
    }),
  );
});

test("compacting what is picked comes to an end", () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 30 }), (candidates) => {
      let segments: readonly CompactionCandidate[] = candidates;
      for (let rounds = 0; ; rounds++) {
        expect(rounds).toBeLessThanOrEqual(candidates.length);
        const run = pickRun(segments, segmentBytes);
        if (run === undefined) break;
        const picked = segments.slice(run.start, run.end);
        const liveBytes = picked.reduce((sum, segment) => sum + segment.liveBytes, 0);
        const rest = { recordBytes: liveBytes, liveBytes };
        segments = [...segments.slice(0, run.start), rest, ...segments.slice(run.end)];
      }
    }),
  );
});
