/** A node with a role that comes from configuration: one leads all databases, the others follow it. */
import { randomUUID } from "node:crypto";

import type { Store } from "@boxerdb/engine";

import { ClusterNode } from "./cluster-node.ts";
import type { ConfigurationManager } from "./configuration/configuration-manager.ts";
import { MemoryConfiguration } from "./configuration/memory-configuration.ts";
import { protocolRules } from "./core/protocol-rules.ts";
import { replicaOf } from "./database-log.ts";
import { InvalidNodeOptionError } from "./errors.ts";
import type { CopyLag } from "./follower/copy-progress.ts";
import type { PeerCompression } from "./http/compression-choice.ts";
import { noCredentials, type PeerCredentials } from "./http/credentials.ts";
import { HttpPeerClient } from "./http/http-peer-client.ts";
import { createPeerApp, listenForPeers, type PeerServer } from "./http/peer-server.ts";
import { systemNodeClock, type NodeClock } from "./node-clock.ts";
import type { NodeLog } from "./node-log.ts";
import { followerReadiness, leaderReadiness, type Readiness } from "./node-readiness.ts";
import { defaultSettings, type NodeSettings } from "./node-settings.ts";
import { followerStatus, leaderStatus, type NodeStatus } from "./node-status.ts";
import { Catalog } from "./static/catalog.ts";
import { FollowedConfiguration } from "./static/followed-configuration.ts";

/** How a node takes part. */
export interface NodeOptions {
  /** Opened with `commit: "replicated"`. */
  readonly store: Store;
  /** The name of this node; the nodes of a cluster need different ones. */
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
  /** Follower: whether it asks the leader for compressed records. Default: `auto`, where the way is slow. */
  readonly peerCompression?: PeerCompression;
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
  /**
   * Throws NotLeaderError, NoLeaderError or NotEnoughReplicasError where a write would be in vain. Call it
   * before one.
   */
  assertWritable(database: string): void;
  /**
   * Waits for a write, but not longer than the commit timeout: rejects with CommitTimeoutError then.
   * `database`: where it is written; a write that did nothing there, as its condition did not hold or there
   * was nothing to delete, is answered as a read by the leader is.
   */
  committed<Result>(write: Promise<Result>, database?: string): Promise<Result>;
  /**
   * Resolves when a read of a database may be done here: `leader` where this node leads; `linearizable`
   * where also every replica that could lead instead has said, after the call, that it does not, and all
   * is in sight that earlier reigns have acknowledged. Rejects with NotLeaderError or NoLeaderError, or
   * with CommitTimeoutError where replicas do not answer.
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
  /**
   * Where the cluster elects its leaders: has other nodes lead what this one leads, and takes up no office any
   * more. Resolves when they do, or cannot, or the time for it is over; what is left is logged. To be called
   * before `close`, which does it too, by whoever still has clients to answer.
   */
  retire(): Promise<void>;
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

const settingsOf = ({
  writeQuorum,
  replicaTimeoutMs = defaultSettings.replicaTimeoutMs,
  commitTimeoutMs = defaultSettings.commitTimeoutMs,
}: NodeOptions): NodeSettings => ({
  ...defaultSettings,
  writeQuorum,
  replicaTimeoutMs,
  commitTimeoutMs,
  roles: "static",
  onLostCommits: "halt",
});

async function startLeader(options: NodeOptions): Promise<ReplicationNode> {
  const { store, nodeId, log, clock = systemNodeClock, advertiseUrl: publicUrl } = options;
  const settings = settingsOf(options);
  const { writeQuorum, replicaTimeoutMs } = settings;
  const configuration = new MemoryConfiguration(store.replicaOf ?? store.id, clock, nodeId);
  const manager = configuration.connect();
  await claimDatabases(store, nodeId, manager);
  const processId = randomUUID();
  const catalog = new Catalog({
    store,
    nodeId,
    publicUrl,
    processId,
    configuration,
    replicaTimeoutMs,
    clock,
    log,
  });
  const node = new ClusterNode({
    store,
    address: { nodeId, peerUrl: "", publicUrl },
    manager,
    connect: () => {
      throw new Error("assertion failed: the leader by configuration follows nobody");
    },
    settings,
    rules: protocolRules,
    clock,
    log,
  });
  const close = async (): Promise<void> => {
    await node.close();
    await catalog.close();
    await manager.close();
  };
  let credentials = options.credentials ?? noCredentials;
  let peers: PeerServer;
  try {
    node.start();
    await node.leading();
    const service = {
      catalog: catalog.answer.bind(catalog),
      pull: node.pull.bind(node),
    };
    const app = createPeerApp(service, log, () => credentials, clock);
    const { peerHost: host, peerPort: port, maxPeerConnections: maxConnections } = options;
    peers = await listenForPeers(app, credentials, { host, port, maxConnections }, log);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...operations(node),
    role: "leader",
    nodeId,
    peerPort: peers.port,
    status: () => leaderStatus(node, writeQuorum, catalog.followers, clock),
    readiness: () => leaderReadiness(node, writeQuorum),
    renewCredentials: async (renewed) => {
      credentials = renewed;
      peers.renewIdentity(renewed);
    },
    close: async () => {
      // Pulls that wait are answered before their connections are closed.
      await close();
      await peers.close();
    },
  };
}

/** Has the cluster agree on what this node has: it leads all of it, as the configuration says. */
async function claimDatabases(
  store: Store,
  nodeId: string,
  manager: ConfigurationManager,
): Promise<void> {
  for (const { name, open } of store.databases()) {
    if (open === undefined) continue;
    const self = replicaOf(nodeId, store, open);
    const { last: epoch } = open.log.epochs;
    const state = { id: open.manifest.id, epoch, leader: self, inSync: [self] };
    await manager.compareAndSet(name, undefined, state);
  }
}

function startFollower(options: NodeOptions, leaderUrl: string): ReplicationNode {
  const { store, nodeId, log, clock = systemNodeClock, advertiseUrl: publicUrl } = options;
  const settings = settingsOf(options);
  const { credentials = noCredentials, peerCompression: compression } = options;
  const client = new HttpPeerClient(leaderUrl, credentials, { compression });
  const { retryPauseMs } = settings;
  const manager = new FollowedConfiguration({
    store,
    nodeId,
    publicUrl,
    leaderUrl,
    client,
    clock,
    retryPauseMs,
  });
  const node = new ClusterNode({
    store,
    address: { nodeId, peerUrl: "", publicUrl },
    manager,
    connect: () => client,
    settings,
    rules: protocolRules,
    clock,
    log,
    assertMember: () => manager.assertOther(),
  });
  node.start();
  return {
    ...operations(node),
    role: "follower",
    nodeId,
    peerPort: undefined,
    status: () => followerStatus(node, leaderUrl, manager, clock),
    readiness: () => followerReadiness(node),
    renewCredentials: async (renewed) => {
      await client.renewCredentials(renewed);
      manager.credentialsRenewed();
    },
    close: async () => {
      await manager.close();
      await node.close();
    },
  };
}

/** What clients ask of a node, whatever its role. */
export const operations = (
  node: ClusterNode,
): Pick<ReplicationNode, "assertWritable" | "committed" | "confirmRead" | "lag" | "retire"> => ({
  assertWritable: (database) => node.assertWritable(database),
  committed: (write, database) => node.committed(write, database),
  confirmRead: (database, consistency) => node.confirmRead(database, consistency),
  lag: (database) => node.lag(database),
  retire: () => node.retire(),
});
