import { expect, test } from "vitest";

import { InvariantError, type Simulation } from "../simulation.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { linesOfFailure, runSeeds } from "./seed-run.ts";
import { LocalWorker, type SeedWorker } from "./seed-worker.ts";

/** A simulation in which one seed fails. */
const simulation: Simulation = {
  name: "trial",
  run: async (seed, keeping) => {
    const transcript = new Transcript(new SimulatedTime(), keeping);
    for (let line = 1; line <= 100; line += 1) transcript.note("n1", `line ${line} of ${seed}`);
    return {
      simulation: "trial",
      seed,
      virtualMs: 60_000,
      events: 100,
      operations: { found: 4, absent: 1, written: 5, conflict: 0, refused: 0, unknown: 0 },
      faults: new Map(),
      transcript: transcript.report,
      failure: seed === 13 ? new InvariantError("bad luck") : undefined,
    };
  },
};

async function run(firstSeed: number, seeds: number, isTraced = false, workers = 1) {
  const printed: string[] = [];
  const progress: string[] = [];
  const isClean = await runSeeds(
    Array.from(
      { length: workers },
      () => new LocalWorker([simulation], isTraced ? "all" : { last: linesOfFailure }),
    ),
    { firstSeed, seeds, isTraced },
    {
      print: (text) => printed.push(text),
      progress: (done, told) => progress.push(`${done}: ${told}`),
      nowMs: () => 0,
    },
  );
  return { isClean, printed: printed.join("\n"), progress };
}

test("all seeds are run, and summed up", async () => {
  const { isClean, printed, progress } = await run(1, 3);
  expect(isClean).toBe(true);
  expect(printed).toContain("3 seeds, 0.1 virtual hours, 30 operations, 0 faults");
  expect(printed).not.toContain("line");
  expect(progress).toEqual([
    "1: 1 seed, 0.0 virtual hours, 10 operations, 0 faults",
    "2: 2 seeds, 0.0 virtual hours, 20 operations, 0 faults",
    "3: 3 seeds, 0.1 virtual hours, 30 operations, 0 faults",
  ]);
});

test("a failure ends it, with what happened last and how to repeat it", async () => {
  const { isClean, printed, progress } = await run(10, 10);
  expect(isClean).toBe(false);
  expect(progress.length).toBe(4);
  expect(printed).toContain("line 100 of 13");
  expect(printed).toContain("line 41 of 13");
  expect(printed).not.toContain("line 40 of 13");
  expect(printed).toContain("InvariantError: bad luck");
  expect(printed).toContain("pnpm simulate --only trial --seed 13 --trace");
});

test("a trace shows all, once", async () => {
  const { printed } = await run(13, 1, true);
  expect(printed.match(/line \d+ of 13/g)?.length).toBe(100);
});

test("several workers share the seeds, each of which is run once", async () => {
  const { isClean, printed, progress } = await run(20, 50, false, 4);
  expect(isClean).toBe(true);
  expect(printed).toContain("50 seeds, 0.8 virtual hours, 500 operations");
  expect(progress.at(-1)).toContain("50: 50 seeds");
});

test("the first failure ends it for all, whatever others are at", async () => {
  const stuck: SeedWorker = {
    run: () => new Promise(() => {}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const printed: string[] = [];
  const isClean = await runSeeds(
    [stuck, new LocalWorker([simulation], { last: linesOfFailure }), stuck],
    { firstSeed: 9, seeds: 100, isTraced: false },
    { print: (text) => printed.push(text), progress: () => {}, nowMs: () => 0 },
  );
  expect(isClean).toBe(false);
  expect(printed.join("\n")).toContain("Seed 13 failed.");
});
