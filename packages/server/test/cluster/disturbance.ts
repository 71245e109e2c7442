import type { Randomness } from "@boxerdb/replication/test";

import { databaseName, type ProcessCluster } from "./process-cluster.ts";
import type { ServedNode } from "./served-node.ts";

/** A crash or a stop, after which the node comes back; being frozen; a leader that lays down its office. */
const kinds = [
  ["kill", 4],
  ["freeze", 4],
  ["hand over", 2],
  ["stop", 3],
] as const;
type Kind = (typeof kinds)[number][0];

/** How often a node is chosen because it leads, or not looked at whether it does. */
const leaderShare = 0.5;
/** How often a second node is disturbed at the same time. */
const secondShare = 0.25;

/** How long a node is down, and how long it is frozen: in leases. Others do not always notice. */
const downLeases = [0.05, 2.5] as const;
const frozenLeases = [0.5, 2.5] as const;

export interface DisturbanceOptions {
  readonly cluster: ProcessCluster;
  readonly randomness: Randomness;
  /** Told what is done to whom. */
  readonly note: (what: string) => void;
}

/** Disturbs one node or two, and resolves when they are well again. */
export async function disturb(options: DisturbanceOptions): Promise<void> {
  const { cluster, randomness } = options;
  const victims = randomness
    .shuffle(cluster.nodes)
    .slice(0, randomness.chance(secondShare) ? 2 : 1);
  const { leader } = cluster;
  if (leader !== undefined && randomness.chance(leaderShare) && !victims.includes(leader)) {
    victims[0] = leader;
  }
  await Promise.all(
    victims.map((victim) => befall(victim, randomness.pickWeighted(kinds), options)),
  );
}

async function befall(
  node: ServedNode,
  kind: Kind,
  { cluster, randomness, note }: DisturbanceOptions,
): Promise<void> {
  const { leaseMs } = cluster;
  switch (kind) {
    case "kill": {
      const downMs = Math.round(randomness.magnitude(...downLeases) * leaseMs);
      note(`kill ${node.nodeId}, down for ${downMs} ms`);
      await node.kill();
      await elapsed(downMs);
      await node.start();
      return;
    }
    case "stop": {
      note(`stop ${node.nodeId}`);
      await node.stop();
      await node.start();
      return;
    }
    case "freeze": {
      const frozenMs = Math.round(randomness.real(...frozenLeases) * leaseMs);
      note(`freeze ${node.nodeId} for ${frozenMs} ms`);
      node.pause();
      await elapsed(frozenMs);
      node.resume();
      return;
    }
    case "hand over": {
      // Only who leads can.
      const from = cluster.leader ?? node;
      const to = randomness.pick(cluster.nodes.filter((other) => other !== from));
      const refusal = await from.handOver(databaseName, to.nodeId);
      note(`hand over from ${from.nodeId} to ${to.nodeId}: ${refusal ?? "done"}`);
    }
  }
}

const elapsed = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
