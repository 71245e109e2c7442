/** A node of a cluster with roles that come from configuration. */
import type { Store } from "@boxerdb/engine";

import { CommitTimeouts } from "./commit-timeouts.ts";
import { noCredentials, type PeerCredentials } from "./credentials.ts";
import { InvalidNodeOptionError, NotLeaderError } from "./errors.ts";
import type { CopyLag } from "./follower/database-follower.ts";
import { Follower } from "./follower/follower.ts";
import { Leader } from "./leader/leader.ts";
import { createPeerApp, listenForPeers, type PeerServer } from "./leader/peer-server.ts";
import { systemNodeClock, type NodeClock } from "./node-clock.ts";
import type { NodeLog } from "./node-log.ts";
import { leaderReadiness, type Readiness } from "./node-readiness.ts";
import { followerStatus, leaderStatus, type NodeStatus } from "./node-status.ts";

/** How a node takes part. */
export interface NodeOptions {
  /** Opened with `commit: "replicated"`. */
  readonly store: Store;
  /** The name of this node; followers of one leader need different ones. */
  readonly nodeId: string;
  readonly role: "leader" | "follower";
  /** Leader: how many nodes, itself counted, must have a write synced. 1: itself alone will do. */
  readonly writeQuorum: number;
  /** Follower: the peer URL of the leader. */
  readonly leaderUrl?: string;
  /** Leader: where it listens for followers. Port 0: any. */
  readonly peerHost: string;
  readonly peerPort: number;
  /** Connections of followers at a time; more are closed at once. Default: as many as the system lets have. */
  readonly maxPeerConnections?: number;
  /**
   * The public URL of this node: a leader's followers tell it to those who want to write, a follower's
   * leader to those who ask for the cluster.
   */
  readonly advertiseUrl: string;
  /** Default: none, and whoever reaches the peer port may copy everything. */
  readonly credentials?: PeerCredentials;
  /** A follower that has not caught up for so long is no longer waited for. Default: 5,000. */
  readonly replicaTimeoutMs?: number;
  /** How long `committed` waits. Default: 10,000. */
  readonly commitTimeoutMs?: number;
  readonly log: NodeLog;
  /** Default: that of the machine. */
  readonly clock?: NodeClock;
}

/** A node at work. */
export interface ReplicationNode {
  readonly role: "leader" | "follower";
  readonly nodeId: string;
  /** Where it listens for followers; undefined on a follower. */
  readonly peerPort: number | undefined;
  /** Throws NotLeaderError or NotEnoughReplicasError where a write would be in vain. Call it before one. */
  assertWritable(database: string): void;
  /** Waits for a write, but not longer than the commit timeout: rejects with CommitTimeoutError then. */
  committed<Result>(write: Promise<Result>): Promise<Result>;
  /**
   * Resolves when a read of a database may be done here: `leader` where this node leads, `linearizable`
   * where it could also commit a write now, and has in sight all that earlier reigns have acknowledged.
   * Asks no other node: that is enough as long as roles are static, so that no other one can have come
   * to lead meanwhile. Rejects with NotLeaderError or NotEnoughReplicasError.
   */
  confirmRead(database: string, consistency: "leader" | "linearizable"): Promise<void>;
  /** How far this node's copy of a database is behind; undefined on a leader. */
  lag(database: string): CopyLag | undefined;
  status(): NodeStatus;
  /** Whether it can do all that a node of its role does, writes included on a leader; if not, why. */
  readiness(): Readiness;
  /**
   * Knows its peers by these from now on, and shows these to them. Whether TLS is spoken stays as it was
   * at the start.
   */
  renewCredentials(credentials: PeerCredentials): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts to lead or to follow. Rejects with InvalidNodeOptionError, or with what `listen` says of the
 * peer port. A follower starts whether or not the leader can be reached, and goes on trying.
 */
export async function startNode(options: NodeOptions): Promise<ReplicationNode> {
  const { role, leaderUrl, writeQuorum } = options;
  if (!Number.isSafeInteger(writeQuorum) || writeQuorum < 1) {
    throw new InvalidNodeOptionError(
      `the write quorum is a whole number from 1 on, not ${writeQuorum}`,
    );
  }
  if (role === "leader") return startLeader(options);
  if (leaderUrl === undefined) {
    throw new InvalidNodeOptionError("a follower needs the peer URL of its leader");
  }
  return startFollower(options, leaderUrl);
}

async function startLeader(options: NodeOptions): Promise<ReplicationNode> {
  const { store, nodeId, log, clock = systemNodeClock, writeQuorum } = options;
  const leader = await Leader.start({
    store,
    nodeId,
    publicUrl: options.advertiseUrl,
    writeQuorum,
    replicaTimeoutMs: options.replicaTimeoutMs ?? 5_000,
    clock,
    log,
  });
  let credentials = options.credentials ?? noCredentials;
  let peers: PeerServer;
  try {
    const app = createPeerApp(leader, log, () => credentials, clock);
    const { peerHost: host, peerPort: port, maxPeerConnections: maxConnections } = options;
    peers = await listenForPeers(app, credentials, { host, port, maxConnections }, log);
  } catch (error) {
    leader.close();
    throw error;
  }
  const timeouts = new CommitTimeouts(options.commitTimeoutMs ?? 10_000, clock);
  return {
    role: "leader",
    nodeId,
    peerPort: peers.port,
    assertWritable: (database) => leader.assertEnoughReplicas(database),
    committed: (write) => timeouts.bound(write),
    confirmRead: async (database, consistency) => {
      if (consistency === "linearizable") leader.assertLeads(database);
    },
    lag: () => undefined,
    status: () => leaderStatus(nodeId, writeQuorum, leader, clock),
    readiness: () =>
      leaderReadiness({
        databases: leader.databases.map(({ name, isEstablished, tracker, database }) => ({
          name,
          isEstablished,
          inSync: tracker.inSyncCount,
          failure: database.failure?.message,
        })),
        presentCount: leader.presentCount,
        writeQuorum,
      }),
    renewCredentials: async (renewed) => {
      credentials = renewed;
      peers.renewIdentity(renewed);
    },
    close: async () => {
      leader.close();
      await peers.close();
    },
  };
}

function startFollower(options: NodeOptions, leaderUrl: string): ReplicationNode {
  const { store, nodeId, log, clock = systemNodeClock } = options;
  const { credentials = noCredentials, advertiseUrl: publicUrl } = options;
  const follower = new Follower({ store, nodeId, leaderUrl, publicUrl, credentials, clock, log });
  return {
    role: "follower",
    nodeId,
    peerPort: undefined,
    assertWritable: () => {
      throw new NotLeaderError(follower.leaderPublicUrl);
    },
    committed: (write) => write,
    confirmRead: async () => {
      throw new NotLeaderError(follower.leaderPublicUrl);
    },
    lag: (database) =>
      follower.database(database)?.lag ?? {
        records: undefined,
        sinceCaughtUpMs: undefined,
        sinceContactMs: undefined,
        isReached: false,
      },
    status: () => followerStatus(nodeId, leaderUrl, follower),
    readiness: () => {
      const halted = follower.halted ?? follower.databases.find((one) => one.halted)?.halted;
      if (halted !== undefined) return { ready: false, reason: halted.message };
      if (!follower.hasCatalog) return { ready: false, reason: "the leader has not answered yet" };
      return { ready: true };
    },
    renewCredentials: (renewed) => follower.renewCredentials(renewed),
    close: () => follower.close(),
  };
}
