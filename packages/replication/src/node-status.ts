/** A node at a glance, for those who show it. */
import type { ClusterNode } from "./cluster-node.ts";
import { replicatedDatabases, type ReplicatedDatabase } from "./database-status.ts";
import type { NodeClock } from "./node-clock.ts";
import type { KnownFollower } from "./static/catalog.ts";
import type { FollowedConfiguration } from "./static/followed-configuration.ts";

/** A follower as its leader knows it. */
export interface FollowerStatus {
  readonly nodeId: string;
  readonly storeId: string;
  /** Where clients reach it. */
  readonly url: string;
  readonly connected: boolean;
  /** Milliseconds since it last asked. */
  readonly sinceContactMs: number;
}

/** A node at a glance. Each of its databases tells its own role; that of the node is `leader` while it leads any. */
export type NodeStatus =
  | {
      readonly role: "leader";
      readonly nodeId: string;
      readonly writeQuorum: number;
      /** All that have come in this reign, those that are gone too. */
      readonly followers: readonly FollowerStatus[];
      readonly databases: readonly ReplicatedDatabase[];
    }
  | {
      readonly role: "follower";
      readonly nodeId: string;
      /** The leader's peer URL, as configured or agreed on; null where nobody is known to lead. */
      readonly leaderPeerUrl: string | null;
      /** The leader's public URL; null before it has answered. */
      readonly leaderUrl: string | null;
      readonly connected: boolean;
      /** Why the leader is no longer followed; null as long as it is. */
      readonly halted: string | null;
      readonly databases: readonly ReplicatedDatabase[];
    };

export function leaderStatus(
  node: ClusterNode,
  writeQuorum: number,
  known: readonly KnownFollower[],
  clock: NodeClock,
): NodeStatus {
  const { nodeId } = node;
  const nowMs = clock.monotonicMs();
  const followers = known.map((follower) => ({
    nodeId: follower.nodeId,
    storeId: follower.storeId,
    url: follower.publicUrl,
    connected: follower.isConnected,
    sinceContactMs: Math.round(nowMs - follower.seenMs),
  }));
  const databases = replicatedDatabases(node, clock);
  return { role: "leader", nodeId, writeQuorum, followers, databases };
}

export function followerStatus(
  node: ClusterNode,
  leaderPeerUrl: string,
  leader: FollowedConfiguration,
  clock: NodeClock,
): NodeStatus {
  return {
    role: "follower",
    nodeId: node.nodeId,
    leaderPeerUrl,
    leaderUrl: leader.leaderPublicUrl ?? null,
    connected: leader.isConnected,
    halted: node.halted?.message ?? null,
    databases: replicatedDatabases(node, clock),
  };
}
