/** Nodes that are stopped in good order and started again, one after the other, with nothing else going wrong. */
import { expect, test } from "vitest";

import type { PlannedFault } from "../faults/fault.ts";

import { SimulatedCluster } from "./simulated-cluster.ts";

const nodes = ["n1", "n2", "n3"];
/** Between two stops: the one before is back in sync by then. */
const turnMs = 6_000;
/** By then the cluster has found together. */
const firstMs = 2 * turnMs;
const endMs = firstMs + nodes.length * turnMs;

/** Each node goes in its turn. */
const plan = (): readonly PlannedFault[] =>
  nodes.map((node, turn) => ({
    atMs: firstMs + turn * turnMs,
    lastsMs: 1_000,
    fault: { kind: "absence", node, losesDisk: false },
  }));

test.each([1, 2, 3])("no client is left in doubt about a write (seed %i)", async (seed) => {
  const cluster = new SimulatedCluster(seed, "all", {
    name: "none",
    mistake: "nodes that are stopped in good order",
    circumstances: {
      plan,
      nodes: nodes.length,
      load: { clients: 6, pauseMs: 50, get: 0.2, delete: 0.2 },
      settings: {
        writeQuorum: 2,
        replicaTimeoutMs: 2_000,
        commitTimeoutMs: 5_000,
        leaseMs: 4_000,
        retirementMs: 2_000,
      },
    },
  });
  const check = (): void => cluster.check();
  cluster.start();
  await cluster.time.run(firstMs - 1, check);
  const before = cluster.load.counts;
  await cluster.time.run(endMs, check);
  const { counts } = cluster.load;
  expect(cluster.faults.counts.get("absence")).toBe(nodes.length);
  expect(counts.written).toBeGreaterThan(before.written + 100);
  expect(counts.unknown).toBe(before.unknown);
  const told = (what: string): boolean =>
    cluster.transcript.report.lines.some((line) => line.includes(what));
  expect(told("handed over to another node before the stop")).toBe(true);
  expect(told("nobody leads that")).toBe(false);
});
