import { describe, expect, test } from "vitest";

import { clusterSimulation } from "./cluster-run.ts";
import { plantedBugs } from "./planted-bugs.ts";

/** More before a release: see CONTRIBUTING.md. */
const seeds = Number(process.env["BOXERDB_SIMULATION_SEEDS"] ?? "200");
const seedsAtMost = 40;

test("a cluster keeps its promises, whatever happens to it", async () => {
  const simulation = clusterSimulation();
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { failure } = await simulation.run(seed, "nothing");
    expect(failure, `pnpm simulate --only cluster --seed ${seed} --trace`).toBeUndefined();
  }
});

test("a seed makes the same run each time", async () => {
  const simulation = clusterSimulation();
  const [first, second, other] = [
    await simulation.run(7, "nothing"),
    await simulation.run(7, "nothing"),
    await simulation.run(8, "nothing"),
  ];
  expect(second.transcript.fingerprint).toBe(first.transcript.fingerprint);
  expect(second.events).toBe(first.events);
  expect(other.transcript.fingerprint).not.toBe(first.transcript.fingerprint);
});

describe("a mistake is noticed", () => {
  test.each(plantedBugs.map((bug) => [bug.mistake, bug] as const))("%s", async (_, bug) => {
    const simulation = clusterSimulation(bug);
    const { firstSeed = 1 } = bug;
    for (let seed = firstSeed; seed < firstSeed + seedsAtMost; seed += 1) {
      const { failure } = await simulation.run(seed, "nothing");
      if (failure !== undefined) return;
    }
    expect.unreachable(`no run of ${seedsAtMost} failed`);
  });
});
