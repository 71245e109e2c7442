import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";

import { drawFaultPlan } from "./fault-plan.ts";
import { faultProfiles } from "./fault-profile.ts";
import { faultText, type Fault, type PlannedFault } from "./fault.ts";

const nodes = ["n1", "n2", "n3"];
const plan = (seed: number, untilMs = 300_000): readonly PlannedFault[] =>
  drawFaultPlan(Randomness.ofSeed(seed), {
    nodes,
    profile: faultProfiles.storm,
    fromMs: 1_000,
    untilMs,
  });

test("the same seed makes the same plan", () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
});

test("all is healed at the end, and comes in order", () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 2_000, max: 100_000 }), (seed, untilMs) => {
      let beforeMs = 1_000;
      for (const { atMs, lastsMs } of plan(seed, untilMs)) {
        expect(atMs).toBeGreaterThanOrEqual(beforeMs);
        expect(atMs + lastsMs).toBeLessThanOrEqual(untilMs);
        beforeMs = atMs;
      }
    }),
  );
});

test("no node is down twice at a time, and data is lost again only after a while", () => {
  const isDown = ({ kind }: Fault): boolean =>
    ["crash", "stop", "suspend", "bit rot", "lost disk", "absence"].includes(kind);
  const losesData = ({ kind }: Fault): boolean => ["bit rot", "lost disk"].includes(kind);
  for (let seed = 0; seed < 20; seed += 1) {
    const faults = plan(seed);
    for (const node of nodes) {
      let upMs = 0;
      for (const { atMs, lastsMs, fault } of faults) {
        if (!isDown(fault) || !("node" in fault) || fault.node !== node) continue;
        expect(atMs).toBeGreaterThanOrEqual(upMs);
        upMs = atMs + lastsMs;
      }
    }
    const losses = faults.filter(({ fault }) => losesData(fault));
    for (const [place, { atMs }] of losses.slice(1).entries()) {
      expect(atMs - (losses[place]?.atMs ?? 0)).toBeGreaterThan(30_000);
    }
  }
});

test("every kind comes in a long storm, in every form", () => {
  const faults = plan(3, 3_000_000).map(({ fault }) => fault);
  const kinds = new Set(faults.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(faultProfiles.storm.weights.map(([kind]) => kind)));
  const divisions = faults.flatMap((fault) => (fault.kind === "partition" ? [fault] : []));
  for (const { from, to } of divisions) expect([...from, ...to].toSorted()).toEqual(nodes);
  expect(new Set(divisions.map(({ from }) => from.length))).toEqual(new Set([1, 2]));
  expect(new Set(divisions.map(({ isBothWays }) => isBothWays))).toEqual(new Set([true, false]));
  const deaths = faults.flatMap((fault) => (fault.kind === "crash" ? [fault.death] : []));
  expect(new Set(deaths)).toEqual(new Set(["killed", "power lost"]));
  for (const fault of faults) expect(faultText(fault)).not.toContain("undefined");
});

test("only the kinds that are asked for come", () => {
  const kinds = ["crash", "slow disk"] as const;
  const faults = drawFaultPlan(Randomness.ofSeed(1), {
    nodes: ["n1"],
    profile: faultProfiles.storm,
    fromMs: 0,
    untilMs: 100_000,
    kinds,
  });
  expect(new Set(faults.map(({ fault }) => fault.kind))).toEqual(new Set(kinds));
});
