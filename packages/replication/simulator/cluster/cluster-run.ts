import { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { protocolRules } from "../../src/core/protocol-rules.ts";
import { defaultSettings, type NodeSettings } from "../../src/node-settings.ts";
import { RegistrationOrder } from "../configuration/registration-order.ts";
import { FaultDriver } from "../faults/fault-driver.ts";
import { drawFaultPlan } from "../faults/fault-plan.ts";
import { faultProfiles } from "../faults/fault-profile.ts";
import type { FaultKind } from "../faults/fault.ts";
import { History } from "../history/history.ts";
import { checkLinearizability } from "../history/linearizability.ts";
import { ClientLoad, type LoadProfile } from "../load/client-load.ts";
import { NetworkAccess } from "../load/cluster-access.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { Randomness } from "../randomness.ts";
import { SimulatedMachine } from "../simulated-machine.ts";
import { failureOf, InvariantError, type RunReport, type Simulation } from "../simulation.ts";
import { MachineClock } from "../time/machine-clock.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { worldClock } from "../time/world-clock.ts";
import { Transcript, type Keeping } from "../transcript.ts";

import { databaseName, documentsOf } from "./client-service.ts";
import { ClusterInvariants } from "./cluster-invariants.ts";
import { clusterProgram, type RunningNode } from "./cluster-program.ts";
import { managerHost, ManagerWires } from "./manager-wires.ts";
import { noBug, type PlantedBug } from "./planted-bugs.ts";

const kinds: readonly FaultKind[] = [
  "crash",
  "stop",
  "partition",
  "cut connections",
  "lossy network",
  "slow network",
  "slow disk",
  "full disk",
  "failing disk",
  "clock jump",
  "bit rot",
  "lost disk",
  "manager down",
  "slow manager",
  "lost manager replies",
  "handover",
];

/** Long enough for everybody to find each other and to catch up; then for clients to be answered. */
const quietMs = [20_000, 25_000] as const;

/** Nodes of a cluster, by the code that ships, or with a mistake in it that must be noticed. */
export const clusterSimulation = (bug: PlantedBug = noBug): Simulation => ({
  name: "cluster",
  run: (seed, keeping) => runCluster(seed, keeping, bug),
});

async function runCluster(seed: number, keeping: Keeping, bug: PlantedBug): Promise<RunReport> {
  const randomness = Randomness.ofSeed(seed);
  const time = new SimulatedTime();
  const transcript = new Transcript(time, keeping);
  const network = new SimulatedNetwork(time, randomness.fork("network"), transcript);
  const draw = randomness.fork("settings");
  const { circumstances = {} } = bug;
  const nodes = circumstances.nodes ?? draw.pick([2, 3, 3, 3, 4, 5]);
  const hosts = Array.from({ length: nodes }, (_, n) => `n${n + 1}`);
  const settings = { ...drawSettings(draw, nodes), ...circumstances.settings };
  const segmentBytes = Math.floor(draw.magnitude(4_096, 200_000));
  const profileName =
    circumstances.profile ?? draw.pick(["calm", "usual", "usual", "storm"] as const);
  const stormMs = draw.magnitude(10_000, 80_000);
  const clock = worldClock(time);
  const configuration = new MemoryConfiguration(randomness.fork("cluster").uuid(), clock);
  const wires = new ManagerWires({
    configuration,
    clock,
    randomness: randomness.fork("manager"),
    network,
    registrations: new RegistrationOrder(),
  });
  const running = new Map<string, RunningNode>();
  const invariants = new ClusterInvariants(configuration, running, settings.writeQuorum);
  let violation: Error | undefined;
  const program = clusterProgram({
    network,
    transcript,
    settings,
    rules: { ...protocolRules, ...bug.rules },
    segmentBytes,
    connect: (environment) => wires.connect(environment),
    onStart: (host, node) => running.set(host, node),
    onViolation: (error) => (violation ??= error),
    // Of what lies beside the databases nothing can be made anew: an operator gives the node a new disk.
    onDamage: (host) => machines.get(host)?.disk.replace(),
  });
  const machines = new Map(
    hosts.map((name) => {
      const machine = new SimulatedMachine({
        name,
        time,
        randomness: randomness.fork(name),
        transcript,
        program: (environment) => {
          environment.process.onDeath(() => running.delete(name));
          const fileSystem = bug.fileSystem?.(environment.fileSystem) ?? environment.fileSystem;
          return program({ ...environment, fileSystem });
        },
      });
      return [name, machine];
    }),
  );
  const history = new History();
  const load = new ClientLoad({
    time,
    randomness: randomness.fork("load"),
    transcript,
    recorder: history,
    profile: { ...drawLoad(draw), ...circumstances.load },
    accessFor: (host) => {
      const process = new SimulatedProcess(host);
      const clock = new MachineClock(time, randomness.fork(host)).clockFor(process);
      return new NetworkAccess({ network, nodes: hosts, host, process, clock });
    },
  });
  /** What each machine's disk holds, as far as it still does. */
  const faults = new FaultDriver(time, {
    machines,
    network,
    cluster: {
      mayLoseDisk: (node) => {
        const state = configuration.view().databases.get(databaseName)?.state;
        if (state === undefined || state.leader === undefined) return false;
        if (state.leader.nodeId === node || !running.has(state.leader.nodeId)) return false;
        const led = running.get(state.leader.nodeId)?.node.replica(databaseName)?.leader;
        return led?.state.epoch === state.epoch;
      },
      managerDown: () => wires.down(),
      slowManager: (factor) => wires.slow(factor),
      loseManagerReplies: (rate) => wires.lose(rate),
      handover: (node) => {
        const leader = configuration.view().databases.get(databaseName)?.state.leader?.nodeId;
        if (leader === undefined || leader === node) return undefined;
        void running
          .get(leader)
          ?.node.handOver(databaseName, node)
          .catch((error: unknown) => {
            transcript.note(leader, `no handover: ${String(error)}`);
          });
        return () => {};
      },
      absence: () => undefined,
    },
    randomness: randomness.fork("effects"),
    transcript,
  });
  faults.schedule(
    drawFaultPlan(randomness.fork("faults"), {
      nodes: hosts,
      others: [managerHost],
      profile: faultProfiles[profileName],
      fromMs: 2_000,
      untilMs: stormMs,
      kinds: circumstances.faults ?? kinds,
    }),
  );
  const failure = await failureOf(async (checkHandled) => {
    const check = (): void => {
      checkHandled();
      if (violation !== undefined) throw violation;
      invariants.check();
    };
    transcript.note(
      "run",
      `seed ${seed}, ${hosts.length} nodes, write quorum ${settings.writeQuorum}, faults: ${profileName}`,
    );
    for (const machine of machines.values()) machine.start();
    load.start();
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
  });
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

/** When all is healed, all nodes are in sync and hold the same. */
function checkConverged(
  hosts: readonly string[],
  running: ReadonlyMap<string, RunningNode>,
  configuration: MemoryConfiguration,
): void {
  const state = configuration.view().databases.get(databaseName)?.state;
  if (state === undefined) return; // No write has come through.
  const members = state.inSync.map(({ nodeId }) => nodeId);
  const missing = hosts.filter((host) => !members.includes(host));
  if (missing.length > 0) throw new InvariantError(`${missing.join(", ")} did not come in sync`);
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) throw new InvariantError(`${host} is not up`);
    const entries = [...documentsOf(node).entries()];
    const content = JSON.stringify(entries);
    first ??= { host, content };
    if (content !== first.content) throw new InvariantError(`${host} and ${first.host} differ`);
  }
}

function drawSettings(draw: Randomness, nodes: number): NodeSettings {
  const about = (least: number, below: number): number => Math.floor(draw.magnitude(least, below));
  return {
    ...defaultSettings,
    writeQuorum: draw.integer(1, Math.min(3, nodes) + 1),
    replicaTimeoutMs: about(500, 6_000),
    resumeMs: about(2_000, 600_000),
    pullWaitMs: about(100, 1_000),
    commitTimeoutMs: about(1_000, 10_000),
    leaseMs: about(1_000, 6_000),
    pullBytes: about(100, 100_000),
  };
}

function drawLoad(draw: Randomness): LoadProfile {
  return {
    clients: draw.integer(1, 7),
    keys: Math.floor(draw.magnitude(1, 40)),
    pauseMs: draw.magnitude(30, 1_000),
    get: draw.real(0.2, 2),
    put: 1,
    delete: draw.real(0, 0.5),
    conditional: draw.real(0, 0.5),
    repeatable: draw.real(0, 1),
    consistencies: [
      ["leader", 1],
      ["linearizable", 1],
    ],
    longestValue: Math.floor(draw.magnitude(10, 1_000)),
  };
}
