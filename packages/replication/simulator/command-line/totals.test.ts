import { expect, test } from "vitest";

import type { RunReport } from "../simulation.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { Totals } from "./totals.ts";

const report: RunReport = {
  simulation: "engine",
  seed: 1,
  virtualMs: 1_800_000,
  events: 50_000,
  operations: { found: 350, absent: 30, written: 600, conflict: 20, refused: 10, unknown: 5 },
  faults: new Map([
    ["crash", 3],
    ["slow disk", 4],
  ]),
  transcript: new Transcript(new SimulatedTime()).report,
  failure: undefined,
};

test("runs are summed up", () => {
  const totals = new Totals();
  totals.add([report]);
  expect(totals.line).toBe("1 seed, 0.5 virtual hours, 1,015 operations, 7 faults");
  totals.add([{ ...report, faults: new Map([["crash", 1]]) }]);
  expect(totals.summary(2_000).split("\n")).toEqual([
    "2 seeds, 1.0 virtual hours, 2,030 operations, 8 faults",
    "operations: written 1,200, found 700, nothing there 60, conflict 40, refused 20, unknown 10",
    "faults: crash 4, slow disk 4",
    "speed: 1,015 operations and 50,000 events a second, 1,800 times as fast as time (2.0 s)",
  ]);
});

test("no runs amount to nothing", () => {
  expect(new Totals().summary(0)).toContain("faults: none");
});
