import { checkLinearizability } from "../history/linearizability.ts";
import { failureOf, InvariantError, type RunReport, type Simulation } from "../simulation.ts";
import type { Keeping } from "../transcript.ts";

import { checkConverged } from "./convergence.ts";
import { noBug, type PlantedBug } from "./planted-bugs.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";

/** Long enough for everybody to find each other and to catch up; then for clients to be answered. */
const quietMs = [20_000, 25_000] as const;

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
    transcript,
    failure,
  };
}

/** Has things go wrong, then lets all heal. Rejects where something does not hold that must. */
async function storm(
  seed: number,
  cluster: SimulatedCluster,
  checkHandled: () => void,
): Promise<void> {
  const { draw, time, transcript, load, running, configuration, history } = cluster;
  const { hosts, settings, profileName, stormMs } = draw;
  const check = (): void => {
    checkHandled();
    cluster.check();
  };
  transcript.note(
    "run",
    `seed ${seed}, ${hosts.length} nodes, write quorum ${settings.writeQuorum}, faults: ${profileName}`,
  );
  cluster.start();
  await time.run(stormMs, check);
  transcript.note("run", "all is healed");
  await time.run(stormMs + quietMs[0], check);
  load.stop();
  await time.run(stormMs + quietMs[0] + quietMs[1], check);
  if (load.isActive) throw new InvariantError("clients still wait for an answer");
  checkConverged(hosts, running, configuration);
  const verdict = checkLinearizability(history.operations);
  if (!verdict.isLinearizable) {
    throw new InvariantError(`not linearizable:\n${verdict.lines.join("\n")}`);
  }
}
