import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";

import { drawUnheardCommits } from "./unheard-commits.ts";

const draw = (untilMs: number) =>
  drawUnheardCommits(Randomness.ofSeed(1), { nodes: ["n1", "n2", "n3"], fromMs: 2_000, untilMs });

test("faults come in order, and are over before the end", () => {
  const plan = draw(80_000);
  const begins = plan.map(({ atMs }) => atMs);
  expect(begins).toEqual(begins.toSorted((a, b) => a - b));
  expect(begins[0]).toBe(2_000);
  expect(Math.max(...plan.map(({ atMs, lastsMs }) => atMs + lastsMs))).toBeLessThanOrEqual(80_000);
  expect(draw(7_999)).toEqual([]);
});

test("the one who dies is the one of whom nobody hears any more", () => {
  const [heldUp, toSuccessor, toFollower, crash] = draw(8_000).map(({ fault }) => fault);
  const leader = crash?.kind === "crash" ? crash.node : "";
  expect(heldUp).toMatchObject({ to: [leader], isBothWays: false });
  for (const fault of [toSuccessor, toFollower]) {
    expect(fault).toMatchObject({ from: [leader], isBothWays: false });
  }
});
