import type { FaultKind } from "../faults/fault.ts";
import { failureOf, InvariantError, type RunReport, type Simulation } from "../simulation.ts";
import type { Keeping } from "../transcript.ts";

import { differenceBetween, laggards } from "./convergence.ts";
import { noBug, type PlantedBug } from "./planted-bugs.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

/** When all is healed, clients go on for as long at least. */
const calmMs = 2_000;
/** By when nodes must have found each other and caught up. */
const recoveryMs = 20_000;
/** By when clients must have been answered, and all nodes hold the same. */
const restMs = 25_000;
/** For so long they are left alone then, to be seen in that state again: what was under way comes late. */
const stayMs = 1_000;

/** The faults that may take from a node what it had. */
const dataLosses: readonly FaultKind[] = ["lost disk", "bit rot", "absence"];

/** Nodes of a cluster, by the code that ships, or with a mistake in it that must be noticed. */
export const clusterSimulation = (bug: PlantedBug = noBug): Simulation => ({
  name: "cluster",
  run: (seed, keeping) => runCluster(seed, keeping, bug),
});

async function runCluster(seed: number, keeping: Keeping, bug: PlantedBug): Promise<RunReport> {
  const cluster = new SimulatedCluster(seed, keeping, bug);
  const { time, transcript, load, faults } = cluster;
  const failure = await failureOf((checkHandled) => storm(seed, cluster, checkHandled));
  if (failure !== undefined) transcript.note("run", `FAILED: ${failure.message}`);
  return {
    simulation: "cluster",
    seed,
    virtualMs: time.nowMs,
    events: time.events,
    operations: load.counts,
    faults: faults.counts,
    transcript: transcript.report,
    failure,
  };
}

/** Has things go wrong, then lets all heal. Rejects where something does not hold that must. */
async function storm(
  seed: number,
  cluster: SimulatedCluster,
  checkHandled: () => void,
): Promise<void> {
  const { draw, time, transcript, load, running, configuration, history, faults } = cluster;
  const { hosts, settings, profileName, stormMs } = draw;
  const check = (): void => {
    checkHandled();
    cluster.check();
  };
  transcript.note(
    "run",
    `seed ${seed}, ${hosts.length} nodes, ${draw.load.databases.join(", ")}, write quorum ${settings.writeQuorum}, faults: ${profileName}`,
  );
  cluster.start();
  await time.run(stormMs, check);
  transcript.note("run", "all is healed");
  await time.run(stormMs + calmMs, check);
  const hasLostData = dataLosses.some((kind) => faults.counts.has(kind));
  const healed = { hosts, running, configuration, hasLostData };
  const areInSync = (): boolean => laggards(healed).length === 0;
  await time.runUntil(areInSync, stormMs + recoveryMs, check);
  load.stop();
  const difference = (): string | undefined =>
    load.isActive ? "clients still wait for an answer" : differenceBetween(healed);
  const comeToRest = async (): Promise<void> => {
    await time.runUntil(() => difference() === undefined, time.nowMs + restMs, check);
    const left = difference();
    if (left !== undefined) throw new InvariantError(left);
  };
  await comeToRest();
  await time.run(time.nowMs + stayMs, check);
  await comeToRest();
  history.check();
}
