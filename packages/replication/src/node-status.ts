import { logOffset, type Epoch, type LogOffset } from "@boxerdb/engine";

import type { ClusterNode } from "./cluster-node.ts";
import type { Membership } from "./core/leader-state.ts";
import type { PullCounts } from "./follower/copy-progress.ts";
import type { Resync } from "./follower/database-follower.ts";
import type { DatabaseLeader } from "./leader/database-leader.ts";
import type { NodeClock } from "./node-clock.ts";
import { includesReplica } from "./replica-id.ts";
import type { KnownFollower } from "./static/catalog.ts";
import type { FollowedConfiguration } from "./static/followed-configuration.ts";

/** A follower's copy of a database, as its leader knows it. */
export interface FollowerProgress {
  readonly nodeId: string;
  /** All records below it are synced there. */
  readonly syncedOffset: LogOffset;
  /** How many records the leader has that are not synced there. */
  readonly lagRecords: number;
  /** Milliseconds since it had all that the leader had; 0 while it has. */
  readonly lagMs: number;
  readonly membership: Membership;
  /** Why it is not in sync; null where it is. */
  readonly reason: string | null;
  /** Milliseconds since its last pull. */
  readonly sincePullMs: number;
}

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

/** A database that this node leads. */
export interface LedDatabase {
  readonly name: string;
  readonly epoch: Epoch;
  readonly highWatermark: LogOffset;
  /** How many nodes are in sync, this one among them. */
  readonly inSync: number;
  /** Pulls that were answered in this reign, and the bytes of records in the answers. */
  readonly served: { readonly pulls: number; readonly bytes: number };
  readonly followers: readonly FollowerProgress[];
}

/** A database that this node copies. */
export interface FollowedDatabase {
  readonly name: string;
  /** Records that the leader has and this node has not applied; null before it has answered. */
  readonly lagRecords: number | null;
  /** Milliseconds since it had applied all that the leader had; 0 while it has; null before it has. */
  readonly lagMs: number | null;
  /** Milliseconds since the leader last answered; null before it has. */
  readonly sinceContactMs: number | null;
  /** Records that came in a second, of late; null before that can be said. */
  readonly recordsPerSecond: number | null;
  /**
   * Milliseconds until it has all, if it and the writers go on like this; 0 where it has; null where it does
   * not get nearer, or that cannot be said yet.
   */
  readonly remainingMs: number | null;
  /** How far a full copy is that is to take the place of what this node has; null where none is made. */
  readonly resync: Resync | null;
  /** Whether it counts for the write quorum, as the cluster has agreed; null where that is not known. */
  readonly isInSync: boolean | null;
  readonly pulled: PullCounts;
  /** Why it is no longer followed; null as long as it is. */
  readonly halted: string | null;
}

/** A node at a glance. */
export type NodeStatus =
  | {
      readonly role: "leader";
      readonly nodeId: string;
      readonly writeQuorum: number;
      /** All that have come in this reign, those that are gone too. */
      readonly followers: readonly FollowerStatus[];
      readonly databases: readonly LedDatabase[];
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
      readonly databases: readonly FollowedDatabase[];
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
  const databases = ledDatabases(node, clock);
  return { role: "leader", nodeId, writeQuorum, followers, databases };
}

/** The databases that a node leads. */
export function ledDatabases({ replicas }: ClusterNode, clock: NodeClock): LedDatabase[] {
  const nowMs = clock.monotonicMs();
  return replicas.flatMap(({ name, leader }) =>
    leader === undefined ? [] : ledDatabase(name, leader, nowMs),
  );
}

function ledDatabase(name: string, leader: DatabaseLeader, nowMs: number): LedDatabase {
  const { acceptedOffset } = leader.open.log;
  const followers = leader.replicas.map((progress) => {
    const { replica, syncedOffset = logOffset(0), membership, caughtUpMs, lastPullMs } = progress;
    // It may have synced what is on its way to this node's disk.
    const lagRecords = Math.max(0, acceptedOffset - syncedOffset);
    return {
      nodeId: replica.nodeId,
      syncedOffset,
      lagRecords,
      lagMs: lagRecords === 0 ? 0 : Math.round(nowMs - caughtUpMs),
      membership,
      reason: whyNotInSync(progress),
      sincePullMs: Math.round(nowMs - lastPullMs),
    };
  });
  const { inSyncCount: inSync, served } = leader;
  const { epoch } = leader.state;
  return { name, epoch, highWatermark: leader.open.highWatermark, inSync, served, followers };
}

export function followerStatus(
  node: ClusterNode,
  leaderPeerUrl: string,
  leader: FollowedConfiguration,
): NodeStatus {
  return {
    role: "follower",
    nodeId: node.nodeId,
    leaderPeerUrl,
    leaderUrl: leader.leaderPublicUrl ?? null,
    connected: leader.isConnected,
    halted: node.halted?.message ?? null,
    databases: followedDatabases(node),
  };
}

/** The databases that a node keeps, as their follower. */
export const followedDatabases = ({ replicas, view }: ClusterNode): FollowedDatabase[] =>
  replicas.map((replica) => {
    const { name, follower, halted } = replica;
    const agreed = view?.databases.get(name)?.state.inSync;
    const self = replica.isOpen ? replica.replica(replica.open) : undefined;
    return {
      name,
      lagRecords: follower?.lag.records ?? null,
      lagMs: rounded(follower?.lag.sinceCaughtUpMs),
      sinceContactMs: rounded(follower?.lag.sinceContactMs),
      recordsPerSecond: rounded(follower?.catchUp.recordsPerSecond),
      remainingMs: rounded(follower?.catchUp.remainingMs),
      resync: follower?.resync ?? null,
      isInSync: agreed === undefined || self === undefined ? null : includesReplica(agreed, self),
      pulled: follower?.counts ?? { pulls: 0, failures: 0, bytes: 0 },
      halted: halted ?? null,
    };
  });

/** Why a replica does not count for the write quorum, for people; null where it does. */
function whyNotInSync({
  membership,
  isConnected,
  syncedOffset,
}: DatabaseLeader["replicas"][number]): string | null {
  if (membership === "in-sync") return null;
  if (!isConnected) return "its connection is lost";
  if (syncedOffset === undefined) return "it has not asked for records yet";
  if (membership === "leaving") return "it did not keep up, and is being left out";
  return membership === "joining"
    ? "it keeps up, and is being taken in"
    : "it has not caught up yet";
}

const rounded = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.round(ms);
