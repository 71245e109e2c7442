import type { FaultKind } from "../faults/fault.ts";
import { failureOf, InvariantError, type RunReport, type Simulation } from "../simulation.ts";
import type { Keeping } from "../transcript.ts";

import { differenceBetween, laggards, sharedDatabases, type HealedCluster } from "./convergence.ts";
import { noBug, type PlantedBug } from "./planted-bugs.ts";
import { SimulatedCluster } from "./simulated-cluster.ts";
import { Verification } from "./verification.ts";

/** When all is healed, clients go on for as long at least. */
const calmMs = 2_000;
/** By when nodes must have found each other and caught up. */
const recoveryMs = 20_000;
/** By when clients must have been answered, and all nodes hold the same. */
const restMs = 25_000;
/** For so long they are left alone then, to be seen in that state again: what was under way comes late. */
const stayMs = 1_000;

/** By when logs must have been read through, and what was found to be damaged copied anew. */
const healingMs = 30_000;

/** The faults that leave damage behind, which nobody may have met yet. */
const damaging: readonly FaultKind[] = ["bit rot", "bit rot in use"];

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
  const { draw, time, transcript, load, running, configuration, history, faults, rot, lost } =
    cluster;
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
  rot.end();
  transcript.note("run", "all is healed");
  await time.run(stormMs + calmMs, check);
  const healed = { hosts, running, configuration, lost };
  const areInSync = (): boolean => laggards(healed).length === 0;
  await time.runUntil(areInSync, stormMs + recoveryMs, check);
  if (damaging.some((kind) => faults.counts.has(kind))) await healDamage(cluster, healed, check);
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
  const verification = new Verification(running, sharedDatabases(healed));
  await time.runUntil(() => verification.isDone, time.nowMs + restMs, check);
  const [problem] = verification.problems;
  if (!verification.isDone) throw new InvariantError("the logs cannot be read through");
  if (problem !== undefined) throw new InvariantError(`what is not as it should be: ${problem}`);
  history.check();
}

/**
 * Has all that is damaged be found, while clients go on: by reading all logs through, and by starting nodes
 * again that have rotten what is read only then. It must be healed by itself.
 */
async function healDamage(
  cluster: SimulatedCluster,
  healed: HealedCluster,
  check: () => void,
): Promise<void> {
  const { time, transcript, rot, running } = cluster;
  const untilMs = time.nowMs + healingMs;
  const left = (): typeof rot.left => {
    const shared = sharedDatabases(healed);
    return rot.left.filter(({ database }) => shared.includes(database));
  };
  transcript.note("run", "all logs are read through");
  const verification = new Verification(running, sharedDatabases(healed));
  await time.runUntil(() => verification.isDone, untilMs, check);
  for (const problem of verification.problems) transcript.note("run", `verified: ${problem}`);
  const beside = left().filter(({ path }) => !path.endsWith(".log"));
  for (const host of new Set(beside.map((one) => one.host))) cluster.restart(host);
  const isHealed = (): boolean => left().length === 0 && laggards(healed).length === 0;
  await time.runUntil(isHealed, untilMs, check);
  const [first] = left();
  if (first !== undefined) {
    throw new InvariantError(`${first.path} on ${first.host} is rotten, and nobody has healed it`);
  }
}
