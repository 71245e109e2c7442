import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  garbageShare,
  pickRun,
  rewrittenBytes,
  type CompactionCandidate,
} from "./compaction-picker.ts";

const MiB = 1 << 20;
const runBytes = 64 * MiB;

/** A segment of which nothing is held back. Sizes in MiB. */
const segment = (size: number, live = size): CompactionCandidate => ({
  byteSize: size * MiB,
  liveBytes: live * MiB,
  blockedBytes: 0,
  blocking: false,
});
/** One of which so much would go but for those before it. */
const blocked = (size: number, bytes: number): CompactionCandidate => ({
  ...segment(size),
  blockedBytes: bytes * MiB,
});
const blocking = (size: number): CompactionCandidate => ({ ...segment(size), blocking: true });

describe("the run that is picked", () => {
  test.each<[string, CompactionCandidate[], [number, number] | undefined]>([
    ["nothing of nothing", [], undefined],
    [
      "nothing where there is no garbage",
      [segment(64), segment(64, 60), segment(64, 45)],
      undefined,
    ],
    ["the worst one alone among clean ones", [segment(64), segment(64, 5), segment(64)], [1, 2]],
    ["the worst of several", [segment(64, 40), segment(64), segment(64, 35)], [2, 3]],
    [
      "neighbours with garbage, while what stays fits",
      [segment(64, 25), segment(64, 20), segment(64, 15)],
      [0, 3],
    ],
    ["no neighbour that does not fit", [segment(64, 43), segment(64, 25), segment(64, 43)], [1, 2]],
    ["small neighbours", [segment(6), segment(64, 20), segment(6), segment(6)], [0, 4]],
    [
      "no small neighbour whose rewriting what goes does not pay for",
      [segment(15), segment(15), segment(3, 1)],
      [2, 3],
    ],
    ["one in which nothing is left", [segment(64, 0)], [0, 1]],
    ["clean neighbours that are small", [segment(64), segment(8), segment(9), segment(8)], [1, 4]],
    [
      "no clean neighbours of which one is longer than the rest",
      [segment(32), segment(9), segment(4)],
      undefined,
    ],
    ["no clean neighbours that do not fit", [segment(40), segment(40)], undefined],
    ["tiny neighbours, as long as they may be", [segment(0), segment(0.1), segment(0.4)], [0, 3]],
    [
      "what holds back more than it costs to rewrite, the oldest of it first",
      [segment(64), blocking(50), blocking(50), blocked(64, 60)],
      [1, 2],
    ],
    [
      "nothing where rewriting what holds back costs more",
      [segment(64), ...Array.from({ length: 5 }, () => blocking(50)), blocked(64, 60)],
      undefined,
    ],
    [
      "nothing where too little is held back to rewrite that",
      [blocking(5), blocked(64, 20), blocked(64, 20)],
      undefined,
    ],
  ])("%s", (_what, candidates, expected) => {
    const run = pickRun(candidates, runBytes);
    expect(run && [run.start, run.end]).toEqual(expected);
  });
});

const candidate: fc.Arbitrary<CompactionCandidate> = fc
  .record({
    byteSize: fc.integer({ min: 150, max: runBytes }),
    live: fc.double({ min: 0, max: 1, noNaN: true }),
    blocked: fc.double({ min: 0, max: 1, noNaN: true }),
    blocking: fc.boolean(),
  })
  .map(({ byteSize, live, blocked, blocking }) => {
    const liveBytes = Math.floor(byteSize * live);
    return { byteSize, liveBytes, blockedBytes: Math.floor(liveBytes * blocked), blocking };
  });

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

test("what stays of a run fits into it, or it is a single segment", () => {
  fc.assert(
    fc.property(fc.array(candidate), (candidates) => {
      const run = pickRun(candidates, runBytes);
      const isWorth = ({ byteSize, liveBytes }: CompactionCandidate): boolean =>
        (byteSize - rewrittenBytes(liveBytes)) / byteSize >= garbageShare;
      if (candidates.some(isWorth)) expect(run).toBeDefined();
      if (run === undefined) return;
      const picked = candidates.slice(run.start, run.end);
      const live = sum(picked.map(({ liveBytes }) => liveBytes));
      if (picked.length > 1) expect(live).toBeLessThanOrEqual(runBytes);
      else expect(picked.some((one) => isWorth(one) || one.blocking)).toBe(true);
    }),
  );
});

/** What becomes of the candidates when a run of them is rewritten. */
function rewritten(
  candidates: readonly CompactionCandidate[],
  start: number,
  end: number,
): CompactionCandidate[] {
  const picked = candidates.slice(start, end);
  const liveBytes = sum(picked.map((one) => one.liveBytes));
  const rest = {
    byteSize: Math.floor(rewrittenBytes(liveBytes)),
    liveBytes,
    blockedBytes: sum(picked.map((one) => one.blockedBytes)),
    blocking: false,
  };
  const next = [...candidates.slice(0, start), rest, ...candidates.slice(end)];
  // What is held back by nobody any more may go.
  const lastBlocking = next.findLastIndex((one) => one.blocking);
  return next.map((one, index) => {
    if (index <= lastBlocking && next.findIndex((other) => other.blocking) < index) return one;
    return { ...one, liveBytes: one.liveBytes - one.blockedBytes, blockedBytes: 0 };
  });
}

test("compacting what is picked comes to an end", () => {
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 30 }), (candidates) => {
      let segments: readonly CompactionCandidate[] = candidates;
      for (let rounds = 0; ; rounds++) {
        expect(rounds).toBeLessThanOrEqual(3 * candidates.length);
        const run = pickRun(segments, runBytes);
        if (run === undefined) break;
        segments = rewritten(segments, run.start, run.end);
      }
    }),
  );
});

test("however small segments come one after the other, no byte is written often, and few files are left", () => {
  const sizes = fc.oneof(
    fc.constant(100 << 10),
    fc.integer({ min: 0, max: 2 * MiB }),
    fc.integer({ min: 0, max: 30 * MiB }),
  );
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 50, maxLength: 300 }), (lengths) => {
      let segments: readonly CompactionCandidate[] = [];
      let writtenBytes = 0;
      for (const liveBytes of lengths) {
        const byteSize = Math.floor(rewrittenBytes(liveBytes));
        segments = [...segments, { byteSize, liveBytes, blockedBytes: 0, blocking: false }];
        for (;;) {
          const run = pickRun(segments, runBytes);
          if (run === undefined) break;
          const picked = segments.slice(run.start, run.end);
          writtenBytes += sum(picked.map((one) => one.liveBytes));
          segments = rewritten(segments, run.start, run.end);
        }
      }
      const total = sum(lengths);
      expect(writtenBytes).toBeLessThanOrEqual(6 * total + (lengths.length * 2 * runBytes) / 64);
      expect(segments.length).toBeLessThanOrEqual(10 * Math.ceil((2 * total) / runBytes + 1));
    }),
    { numRuns: 50 },
  );
});
