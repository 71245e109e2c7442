import type { Epoch, LogOffset } from "@boxerdb/engine";

import type { Follower } from "./follower/follower.ts";
import type { Leader } from "./leader/leader.ts";
import type { Membership } from "./leader/replica-tracker.ts";
import type { NodeClock } from "./node-clock.ts";

/** A follower's copy of a database, as its leader knows it. */
export interface FollowerProgress {
  readonly nodeId: string;
  /** All records below it are synced there. */
  readonly syncedOffset: LogOffset;
  /** How many records the leader has that are not synced there. */
  readonly lagRecords: number;
  readonly membership: Membership;
  /** Milliseconds since its last pull. */
  readonly sincePullMs: number;
}

/** A database that this node leads. */
export interface LedDatabase {
  readonly name: string;
  readonly epoch: Epoch;
  readonly highWatermark: LogOffset;
  /** How many nodes are in sync, this one among them. */
  readonly inSync: number;
  readonly followers: readonly FollowerProgress[];
}

/** A database that this node copies. */
export interface FollowedDatabase {
  readonly name: string;
  /** Records that the leader has and this node has not applied; null before it has answered. */
  readonly lagRecords: number | null;
  /** Milliseconds since the leader last answered; null before it has. */
  readonly sinceContactMs: number | null;
  /** Why it is no longer followed; null as long as it is. */
  readonly halted: string | null;
}

/** A node at a glance. */
export type NodeStatus =
  | {
      readonly role: "leader";
      readonly nodeId: string;
      readonly writeQuorum: number;
      readonly databases: readonly LedDatabase[];
    }
  | {
      readonly role: "follower";
      readonly nodeId: string;
      /** The leader's peer URL, as configured. */
      readonly leaderPeerUrl: string;
      /** The leader's public URL; null before it has answered. */
      readonly leaderUrl: string | null;
      readonly connected: boolean;
      /** Why the leader is no longer followed; null as long as it is. */
      readonly halted: string | null;
      readonly databases: readonly FollowedDatabase[];
    };

export function leaderStatus(
  nodeId: string,
  writeQuorum: number,
  leader: Leader,
  clock: NodeClock,
): NodeStatus {
  const nowMs = clock.monotonicMs();
  const databases = leader.databases.map(({ name, tracker, database }) => ({
    name,
    epoch: database.log.epochs.last,
    highWatermark: database.highWatermark,
    inSync: tracker.inSyncCount,
    followers: tracker.replicas.map((replica) => ({
      nodeId: replica.nodeId,
      syncedOffset: replica.syncedOffset,
      lagRecords: database.log.acceptedOffset - replica.syncedOffset,
      membership: replica.membership,
      sincePullMs: Math.round(nowMs - replica.lastPullMs),
    })),
  }));
  return { role: "leader", nodeId, writeQuorum, databases };
}

export function followerStatus(
  nodeId: string,
  leaderPeerUrl: string,
  follower: Follower,
): NodeStatus {
  const databases = follower.databases.map(({ name, lag, halted }) => ({
    name,
    lagRecords: lag.records ?? null,
    sinceContactMs: lag.sinceContactMs === undefined ? null : Math.round(lag.sinceContactMs),
    halted: halted?.message ?? null,
  }));
  return {
    role: "follower",
    nodeId,
    leaderPeerUrl,
    leaderUrl: follower.leaderPublicUrl ?? null,
    connected: follower.isConnected,
    halted: follower.halted?.message ?? null,
    databases,
  };
}
