/** What a node is for each of its databases, and how that goes. */
import { logOffset, type Epoch, type LogOffset } from "@boxerdb/engine";

import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterView } from "./configuration/configuration-manager.ts";
import type { Membership } from "./core/leader-state.ts";
import type { DatabaseReplica } from "./database-replica.ts";
import type { PullCounts } from "./follower/copy-progress.ts";
import type { Resync } from "./follower/database-follower.ts";
import type { DatabaseLeader } from "./leader/database-leader.ts";
import type { NodeClock } from "./node-clock.ts";
import { includesReplica } from "./replica-id.ts";

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

/** A database that this node leads. */
export interface LedDatabase {
  readonly role: "leader";
  readonly name: string;
  readonly epoch: Epoch;
  /** The end of its log. */
  readonly endOffset: LogOffset;
  readonly highWatermark: LogOffset;
  /** How many nodes are in sync, this one among them. */
  readonly inSync: number;
  /** Pulls that were answered in this reign, and the bytes of records in the answers. */
  readonly served: { readonly pulls: number; readonly bytes: number };
  readonly followers: readonly FollowerProgress[];
}

/** A database that this node does not lead. */
export interface FollowedDatabase {
  /** `none`: nobody is known to lead it now. */
  readonly role: "follower" | "none";
  readonly name: string;
  /** The epoch that the cluster has agreed on; null where that is not known. */
  readonly epoch: Epoch | null;
  /** Who leads it, and where clients reach that node; null where nobody does. */
  readonly leader: { readonly nodeId: string; readonly url: string } | null;
  /** Whether the leader answers. */
  readonly connected: boolean;
  /** The end of the log here; null in the moment in which it is opened again. */
  readonly endOffset: LogOffset | null;
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

/** A database as this node has it, by the role that it has there. */
export type ReplicatedDatabase = LedDatabase | FollowedDatabase;

/** The databases that a node keeps. */
export function replicatedDatabases(
  { replicas, view }: ClusterNode,
  clock: NodeClock,
): ReplicatedDatabase[] {
  const nowMs = clock.monotonicMs();
  return replicas.map((replica) =>
    replica.leader === undefined
      ? followedDatabase(replica, view)
      : ledDatabase(replica.name, replica.leader, nowMs),
  );
}

function ledDatabase(name: string, leader: DatabaseLeader, nowMs: number): LedDatabase {
  const { acceptedOffset: endOffset } = leader.open.log;
  const followers = leader.replicas.map((progress) => {
    const { replica, syncedOffset = logOffset(0), membership, caughtUpMs, lastPullMs } = progress;
    // It may have synced what is on its way to this node's disk.
    const lagRecords = Math.max(0, endOffset - syncedOffset);
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
  const { highWatermark } = leader.open;
  return { role: "leader", name, epoch, endOffset, highWatermark, inSync, served, followers };
}

function followedDatabase(
  replica: DatabaseReplica,
  view: ClusterView | undefined,
): FollowedDatabase {
  const { name, follower, halted } = replica;
  const agreed = view?.databases.get(name)?.state;
  const open = replica.isOpen ? replica.open : undefined;
  const leaderId = agreed?.leader?.nodeId;
  // One whose lease has ended leads no more, nor does this node before it has begun its reign.
  const leader = leaderId === replica.nodeId ? undefined : view?.nodes.get(leaderId ?? "");
  const lag = follower?.lag;
  return {
    role: leader === undefined ? "none" : "follower",
    name,
    epoch: agreed?.epoch ?? null,
    leader: leader === undefined ? null : { nodeId: leader.nodeId, url: leader.publicUrl },
    connected: lag?.isReached === true,
    endOffset: open?.log.acceptedOffset ?? null,
    lagRecords: lag?.records ?? null,
    lagMs: rounded(lag?.sinceCaughtUpMs),
    sinceContactMs: rounded(lag?.sinceContactMs),
    recordsPerSecond: rounded(follower?.catchUp.recordsPerSecond),
    remainingMs: rounded(follower?.catchUp.remainingMs),
    resync: follower?.resync ?? null,
    isInSync:
      agreed === undefined || open === undefined
        ? null
        : includesReplica(agreed.inSync, replica.replica(open)),
    pulled: follower?.counts ?? { pulls: 0, failures: 0, bytes: 0 },
    halted: halted ?? null,
  };
}

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
