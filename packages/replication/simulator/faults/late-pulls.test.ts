import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";

import { victimOf } from "./fault.ts";
import { drawLatePulls, type LatePullOptions } from "./late-pulls.ts";

const options: LatePullOptions = {
  nodes: ["n1", "n2", "n3"],
  manager: "manager",
  leaseMs: 600,
  fromMs: 2_000,
  untilMs: 80_000,
};

const draw = (changed: Partial<LatePullOptions> = {}) =>
  drawLatePulls(Randomness.ofSeed(1), { ...options, ...changed });

test("faults come in order, and are over before the end", () => {
  const plan = draw();
  const begins = plan.map(({ atMs }) => atMs);
  expect(begins).toEqual(begins.toSorted((a, b) => a - b));
  expect(begins[0]).toBe(options.fromMs);
  for (const { atMs, lastsMs } of plan) {
    expect(lastsMs).toBeGreaterThan(0);
    expect(atMs + lastsMs).toBeLessThanOrEqual(options.untilMs);
  }
});

test("where there is no time for an attempt, there is none", () => {
  expect(draw({ untilMs: 8_999 })).toEqual([]);
  expect(draw({ untilMs: 9_000 })).toHaveLength(6);
});

test("each node comes to be held up, sooner or later", () => {
  const held = draw({ untilMs: 400_000 }).flatMap(({ fault }) =>
    fault.kind === "partition" && !fault.isBothWays && !fault.from.includes("manager")
      ? fault.from
      : [],
  );
  expect([...new Set(held)].toSorted()).toEqual(options.nodes);
  expect(draw().every(({ fault }) => ["network", "manager"].includes(victimOf(fault)))).toBe(true);
});
