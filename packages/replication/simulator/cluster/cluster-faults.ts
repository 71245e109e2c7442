import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import type { ClusterFaults, Heal } from "../faults/fault-effects.ts";
import type { Randomness } from "../randomness.ts";
import type { SimulatedMachine } from "../simulated-machine.ts";
import type { SimulatedTime } from "../time/simulated-time.ts";
import type { Transcript } from "../transcript.ts";

import type { RunningNode } from "./cluster-program.ts";
import type { LostReplicas } from "./lost-replicas.ts";
import type { ManagerWires } from "./manager-wires.ts";
import type { RotInUse } from "./rot-in-use.ts";

export interface FaultyCluster {
  readonly time: SimulatedTime;
  readonly randomness: Randomness;
  readonly configuration: MemoryConfiguration;
  readonly wires: ManagerWires;
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly transcript: Transcript;
  readonly rot: RotInUse;
  readonly lost: LostReplicas;
  /** The UUID of the data directory that a node has or had last; undefined before it has one. */
  readonly storeIdOf: (node: string) => string | undefined;
  /** Of the databases, those that may be dropped. */
  readonly fleeting: readonly string[];
}

/** A node that is told to stop is killed after so long, as by what starts processes. */
const stopTimeoutMs = 5_000;

/** The faults that only a cluster has. */
export const clusterFaults = (cluster: FaultyCluster): ClusterFaults => ({
  mayLoseDisk: (node) => mayLoseDisk(cluster, node),
  noteLostDisk: (node) => noteLostDisk(cluster, node),
  rotInUse: (node) => (cluster.rot.begin(node) ? () => {} : undefined),
  managerDown: () => cluster.wires.down(),
  slowManager: (factor) => cluster.wires.slow(factor),
  loseManagerReplies: (rate) => cluster.wires.lose(rate),
  handover: (node) => handOver(cluster, node),
  absence: (machine, losesDisk) => leave(cluster, machine, losesDisk),
  dropDatabase: () => dropDatabase(cluster),
});

/**
 * Any replica but the leader's: that has everything, and nobody is elected meanwhile. If it really leads,
 * as one that has just been elected may have gone already, and has lost nothing. So of all databases.
 */
function mayLoseDisk({ configuration, running, lost }: FaultyCluster, node: string): boolean {
  return [...configuration.view().databases].every(([name, { state }]) => {
    const { leader, epoch } = state;
    if (leader === undefined || leader.nodeId === node || lost.has(leader)) return false;
    return running.get(leader.nodeId)?.node.replica(name)?.leader?.state.epoch === epoch;
  });
}

function noteLostDisk({ lost, storeIdOf }: FaultyCluster, node: string): void {
  const storeId = storeIdOf(node);
  if (storeId !== undefined) lost.loseStore(storeId);
}

/** Has another node lead one of the databases. */
function handOver(cluster: FaultyCluster, node: string): Heal | undefined {
  const { transcript, running, randomness } = cluster;
  const elsewhere = [...cluster.configuration.view().databases].flatMap(([name, { state }]) =>
    state.leader === undefined || state.leader.nodeId === node
      ? []
      : [{ name, leader: state.leader.nodeId }],
  );
  if (elsewhere.length === 0) return undefined;
  const { name, leader } = randomness.pick(elsewhere);
  const attempt = async (): Promise<void> => {
    try {
      await running.get(leader)?.node.handOver(name, node);
    } catch (error) {
      transcript.note(leader, `no handover: ${String(error)}`);
    }
  };
  void attempt();
  return () => {};
}

/** Stops a node, for long. */
function leave(
  cluster: FaultyCluster,
  machine: SimulatedMachine,
  losesDisk: boolean,
): Heal | undefined {
  const { time, transcript } = cluster;
  const { name, process } = machine;
  const running = cluster.running.get(name);
  if (running === undefined || process === undefined) return undefined;
  let restart: Heal | undefined;
  let isHealed = false;
  const end = (): void => {
    if (restart !== undefined) return;
    restart = machine.crash("killed");
    if (losesDisk && mayLoseDisk(cluster, name)) {
      noteLostDisk(cluster, name);
      machine.disk.replace();
    } else if (losesDisk) transcript.note(name, "keeps its disk: others need it");
    if (isHealed) restart();
  };
  const stop = async (): Promise<void> => {
    try {
      await running.stop();
      transcript.note(name, "stopped");
    } catch (error) {
      transcript.note(name, `stopping failed: ${String(error)}`);
    }
    process.deliver("input", end);
  };
  void stop();
  time.after(stopTimeoutMs, end);
  return () => {
    isHealed = true;
    restart?.();
  };
}

/** Drops a database that is there for it, where it is led. */
function dropDatabase(cluster: FaultyCluster): Heal | undefined {
  const { configuration, running, transcript, fleeting, randomness } = cluster;
  const led = fleeting.flatMap((name) => {
    const leader = configuration.view().databases.get(name)?.state.leader?.nodeId;
    const node = leader === undefined ? undefined : running.get(leader);
    return leader === undefined || node === undefined ? [] : [{ name, leader, node }];
  });
  if (led.length === 0) return undefined;
  const { name, leader, node } = randomness.pick(led);
  const attempt = async (): Promise<void> => {
    try {
      await node.store.dropDatabase(name);
      transcript.note(leader, `dropped database ${name}`);
    } catch (error) {
      transcript.note(leader, `did not drop database ${name}: ${String(error)}`);
    }
  };
  void attempt();
  return () => {};
}
