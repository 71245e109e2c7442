import type { ClusterNode } from "./cluster-node.ts";
import { replicatedDatabases } from "./database-status.ts";
import type { NodeClock } from "./node-clock.ts";
import type { FollowerStatus, NodeStatus } from "./node-status.ts";

/** Whether a node leads any database. */
export const leadsAny = ({ replicas }: ClusterNode): boolean =>
  replicas.some(({ leader }) => leader !== undefined);

/**
 * A node of a cluster that elects its leaders: a leader while it leads any database, else a follower. Which
 * databases it leads and which it follows is told by each.
 */
export function electedStatus(
  node: ClusterNode,
  writeQuorum: number,
  clock: NodeClock,
): NodeStatus {
  const { nodeId, view, halted, replicas } = node;
  const databases = replicatedDatabases(node, clock);
  if (leadsAny(node)) {
    return { role: "leader", nodeId, writeQuorum, followers: followersOf(node, clock), databases };
  }
  const leaderId = replicas
    .map(({ name }) => view?.databases.get(name)?.state.leader?.nodeId)
    .find((id) => id !== undefined);
  const leader = leaderId === undefined ? undefined : view?.nodes.get(leaderId);
  return {
    role: "follower",
    nodeId,
    leaderPeerUrl: leader?.peerUrl ?? null,
    leaderUrl: leader?.publicUrl ?? null,
    connected: replicas.some(({ follower }) => follower?.lag.isReached === true),
    halted: halted?.message ?? null,
    databases,
  };
}

/** The nodes that are there and have pulled in this reign of any database. */
function followersOf({ view, replicas }: ClusterNode, clock: NodeClock): FollowerStatus[] {
  const nowMs = clock.monotonicMs();
  const pulling = replicas.flatMap(({ leader }) => leader?.replicas ?? []);
  return [...(view?.nodes.values() ?? [])].flatMap(({ nodeId, publicUrl: url }) => {
    const [last] = pulling
      .filter(({ replica }) => replica.nodeId === nodeId)
      .toSorted((a, b) => b.lastPullMs - a.lastPullMs);
    if (last === undefined) return [];
    const [storeId = ""] = last.replica.directoryId.split("/");
    const sinceContactMs = Math.round(nowMs - last.lastPullMs);
    return { nodeId, storeId, url, connected: true, sinceContactMs };
  });
}
