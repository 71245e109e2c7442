import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import type { ClusterFaults, Heal } from "../faults/fault-effects.ts";
import type { Transcript } from "../transcript.ts";

import { databaseName } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";
import type { ManagerWires } from "./manager-wires.ts";

export interface FaultyCluster {
  readonly configuration: MemoryConfiguration;
  readonly wires: ManagerWires;
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly transcript: Transcript;
}

/** The faults that only a cluster has. */
export const clusterFaults = (cluster: FaultyCluster): ClusterFaults => ({
  mayLoseDisk: (node) => mayLoseDisk(cluster, node),
  managerDown: () => cluster.wires.down(),
  slowManager: (factor) => cluster.wires.slow(factor),
  loseManagerReplies: (rate) => cluster.wires.lose(rate),
  handover: (node) => handOver(cluster, node),
  absence: () => undefined,
});

const leaderOf = ({ configuration }: FaultyCluster): string | undefined =>
  configuration.view().databases.get(databaseName)?.state.leader?.nodeId;

/**
 * Any replica but the leader's: that has everything, and nobody is elected meanwhile. If it really leads:
 * one that has just been elected may have gone already.
 */
function mayLoseDisk(cluster: FaultyCluster, node: string): boolean {
  const leader = leaderOf(cluster);
  if (leader === undefined || leader === node) return false;
  const { epoch } = cluster.configuration.view().databases.get(databaseName)?.state ?? {};
  const led = cluster.running.get(leader)?.node.replica(databaseName)?.leader;
  return led !== undefined && led.state.epoch === epoch;
}

function handOver(cluster: FaultyCluster, node: string): Heal | undefined {
  const leader = leaderOf(cluster);
  if (leader === undefined || leader === node) return undefined;
  const { transcript, running } = cluster;
  const attempt = async (): Promise<void> => {
    try {
      await running.get(leader)?.node.handOver(databaseName, node);
    } catch (error) {
      transcript.note(leader, `no handover: ${String(error)}`);
    }
  };
  void attempt();
  return () => {};
}
