import type { FileSystem, Store } from "@boxerdb/engine";

import { FaultDriver } from "../faults/fault-driver.ts";
import { noCluster } from "../faults/fault-effects.ts";
import { drawFaultPlan } from "../faults/fault-plan.ts";
import { faultProfiles } from "../faults/fault-profile.ts";
import type { FaultKind } from "../faults/fault.ts";
import { ClientLoad, type LoadProfile } from "../load/client-load.ts";
import { NetworkAccess } from "../load/cluster-access.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { Randomness } from "../randomness.ts";
import { SimulatedMachine } from "../simulated-machine.ts";
import { failureOf, InvariantError, type RunReport, type Simulation } from "../simulation.ts";
import { MachineClock } from "../time/machine-clock.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript, type Keeping } from "../transcript.ts";

import { DurabilityModel } from "./durability-model.ts";
import { checkAll, engineProgram } from "./engine-program.ts";

/** What can befall a node that is alone. */
const kinds: readonly FaultKind[] = [
  "crash",
  "stop",
  "cut connections",
  "lossy network",
  "slow network",
  "slow disk",
  "full disk",
  "failing disk",
  "clock jump",
];

/** When all is healed, clients go on for as long. */
const calmMs = 3_000;
/** Long enough for a client to give up, and for what it tries then; and for looking at a whole store. */
const restMs = 60_000;

/**
 * One node with the engine and nothing else: what was acknowledged is there after every restart, and what
 * was seen stays seen.
 */
export const engineSimulation: Simulation = simulateEngine((fileSystem) => fileSystem);

/** As `engineSimulation`, with the store on what `alter` makes of its file system: to plant a bug there. */
export function simulateEngine(alter: (fileSystem: FileSystem) => FileSystem): Simulation {
  return { name: "engine", run: (seed, keeping) => runEngine(seed, keeping, alter) };
}

async function runEngine(
  seed: number,
  keeping: Keeping,
  alter: (fileSystem: FileSystem) => FileSystem,
): Promise<RunReport> {
  const randomness = Randomness.ofSeed(seed);
  const time = new SimulatedTime();
  const transcript = new Transcript(time, keeping);
  const network = new SimulatedNetwork(time, randomness.fork("network"), transcript);
  const model = new DurabilityModel();
  const settings = randomness.fork("settings");
  const segmentBytes = Math.floor(settings.magnitude(4_096, 200_000));
  const profileName = settings.pick(["calm", "usual", "storm"] as const);
  const stormMs = settings.magnitude(10_000, 60_000);
  let store: Store | undefined;
  const onOpen = (opened: Store, process: SimulatedProcess): void => {
    store = opened;
    process.onDeath(() => (store = undefined));
  };
  const program = engineProgram({ network, transcript, model, segmentBytes, onOpen, alter });
  const machineRandomness = randomness.fork("n1");
  const machine = new SimulatedMachine({
    name: "n1",
    time,
    randomness: machineRandomness,
    transcript,
    program,
  });
  const load = new ClientLoad({
    time,
    randomness: randomness.fork("load"),
    transcript,
    recorder: model,
    profile: drawLoad(settings),
    accessFor: (host) => {
      const process = new SimulatedProcess(host);
      const clock = new MachineClock(time, randomness.fork(host)).clockFor(process);
      return new NetworkAccess({ network, nodes: ["n1"], host, process, clock });
    },
  });
  const faults = new FaultDriver(time, {
    machines: new Map([["n1", machine]]),
    network,
    cluster: noCluster,
    randomness: randomness.fork("effects"),
    transcript,
  });
  faults.schedule(
    drawFaultPlan(randomness.fork("faults"), {
      nodes: ["n1"],
      profile: faultProfiles[profileName],
      fromMs: 1_000,
      untilMs: stormMs,
      kinds,
    }),
  );
  const failure = await failureOf(async (checkErrors) => {
    const check = (): void => {
      checkErrors();
      if (model.violation !== undefined) throw model.violation;
    };
    transcript.note(
      "run",
      `seed ${seed}, faults: ${profileName}, segments of ${segmentBytes} bytes`,
    );
    machine.start();
    load.start();
    await time.run(stormMs, check);
    transcript.note("run", "all is healed");
    await time.run(stormMs + calmMs, check);
    load.stop();
    const isAtRest = await time.runUntil(() => !load.isActive, time.nowMs + restMs, check);
    if (!isAtRest) throw new InvariantError("clients still wait for an answer");
    await time.runUntil(() => store !== undefined, time.nowMs + restMs, check);
    if (store === undefined) throw new InvariantError("the node is not up");
    checkAll(store.database("app").collection<string>("documents"), model);
    check();
    let isWhole: boolean | undefined;
    void store.verify().then(({ ok }) => (isWhole = ok));
    await time.runUntil(() => isWhole !== undefined, time.nowMs + restMs, check);
    if (isWhole === undefined)
      throw new InvariantError("the store does not say whether it is whole");
    if (!isWhole) throw new InvariantError("the store finds damage in itself");
  });
  if (failure !== undefined) transcript.note("run", `FAILED: ${failure.message}`);
  return {
    simulation: "engine",
    seed,
    virtualMs: time.nowMs,
    events: time.events,
    operations: load.counts,
    faults: faults.counts,
    transcript: transcript.report,
    failure,
  };
}

function drawLoad(settings: Randomness): LoadProfile {
  return {
    clients: settings.integer(1, 9),
    databases: ["app"],
    keys: Math.floor(settings.magnitude(1, 100)),
    pauseMs: settings.magnitude(10, 500),
    get: settings.real(0.1, 2),
    put: 1,
    delete: settings.real(0, 0.5),
    conditional: settings.real(0, 0.5),
    repeatable: settings.real(0, 1),
    consistencies: [["leader", 1]],
    longestValue: Math.floor(settings.magnitude(10, 3_000)),
  };
}
