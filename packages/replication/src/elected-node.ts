/** A node whose part the cluster decides: of each database it leads or follows, and may come to do the other. */
import type { Store } from "@boxerdb/engine";

import { ClusterNode } from "./cluster-node.ts";
import type { ConfigurationManager } from "./configuration/configuration-manager.ts";
import { protocolRules, type ProtocolRules } from "./core/protocol-rules.ts";
import { electedStatus, leadsAny } from "./elected-status.ts";
import { InvalidNodeOptionError } from "./errors.ts";
import type { PeerCompression } from "./http/compression-choice.ts";
import { noCredentials, type PeerCredentials } from "./http/credentials.ts";
import { HttpPeerClient } from "./http/http-peer-client.ts";
import { createPeerApp, listenForPeers } from "./http/peer-server.ts";
import { systemNodeClock, type NodeClock } from "./node-clock.ts";
import type { NodeLog } from "./node-log.ts";
import { electedReadiness } from "./node-readiness.ts";
import { defaultSettings, type NodeSettings } from "./node-settings.ts";
import { operations, type ReplicationNode } from "./node.ts";

/** How a node takes part. */
export interface ElectedNodeOptions {
  /** Opened with `commit: "replicated"`. */
  readonly store: Store;
  /** The name of this node; the nodes of a cluster need different ones. */
  readonly nodeId: string;
  /** Where the cluster agrees on who leads. Closed with the node, and where the node does not start. */
  readonly manager: ConfigurationManager;
  /** Where it listens for other nodes. Port 0: any. */
  readonly peerHost: string;
  readonly peerPort: number;
  /** Connections of other nodes at a time; more are closed at once. Default: as many as the system lets have. */
  readonly maxPeerConnections?: number;
  /** Where other nodes reach a port that it listens on. */
  readonly peerUrlOf: (port: number) => string;
  /** Where clients reach it. */
  readonly advertiseUrl: string;
  /** Default: none, and whoever reaches the peer port may copy everything. */
  readonly credentials?: PeerCredentials;
  /** Whether it asks leaders for compressed records. Default: `auto`, where the way to them is slow. */
  readonly peerCompression?: PeerCompression;
  /** What differs from `defaultSettings`. */
  readonly settings?: Partial<Omit<NodeSettings, "roles">>;
  /** Default: those that ship. */
  readonly rules?: ProtocolRules;
  readonly log: NodeLog;
  /** Default: that of the machine. */
  readonly clock?: NodeClock;
}

/** A node at work. Its role is `leader` while it leads any database. */
export interface ElectedNode extends ReplicationNode {
  /**
   * Has another node lead a database that this one leads. Rejects with NotLeaderError or NoLeaderError where
   * this one does not, and with HandoverError where it leads on.
   */
  handOver(database: string, toNodeId: string): Promise<void>;
}

/**
 * Starts to take part: listens for other nodes, and follows what the cluster agrees on. It starts whether or
 * not the configuration manager can be reached, and goes on trying. Rejects with InvalidNodeOptionError, or
 * with what `listen` says of the peer port.
 */
export async function startElectedNode(options: ElectedNodeOptions): Promise<ElectedNode> {
  const { store, nodeId, manager, log, clock = systemNodeClock, advertiseUrl: publicUrl } = options;
  await using started = new AsyncDisposableStack();
  started.defer(() => manager.close());
  const settings: NodeSettings = { ...defaultSettings, ...options.settings, roles: "elected" };
  const { writeQuorum } = settings;
  if (!Number.isSafeInteger(writeQuorum) || writeQuorum < 1) {
    throw new InvalidNodeOptionError(
      `the write quorum is a whole number from 1 on, not ${writeQuorum}`,
    );
  }
  let credentials = options.credentials ?? noCredentials;
  const clients: HttpPeerClient[] = [];
  const service = {
    catalog: () =>
      Promise.reject(
        new Error("the nodes of this cluster elect their leaders: do not name one (--leader-url)"),
      ),
    pull: (...pull: Parameters<ClusterNode["pull"]>) => node.pull(...pull),
  };
  const app = createPeerApp(service, log, () => credentials, clock);
  const { peerHost: host, peerPort: port, maxPeerConnections: maxConnections } = options;
  const peers = await listenForPeers(app, credentials, { host, port, maxConnections }, log);
  started.defer(() => peers.close());
  const node = new ClusterNode({
    store,
    address: { nodeId, peerUrl: options.peerUrlOf(peers.port), publicUrl },
    manager,
    connect: (peerUrl) => {
      const client = new HttpPeerClient(peerUrl, credentials, {
        compression: options.peerCompression,
      });
      clients.push(client);
      return client;
    },
    settings,
    rules: options.rules ?? protocolRules,
    clock,
    log,
  });
  // Pulls that wait are answered before their connections are closed.
  started.defer(() => node.close());
  node.start();
  const running = started.move();
  return {
    ...operations(node),
    get role() {
      return leadsAny(node) ? "leader" : "follower";
    },
    nodeId,
    peerPort: peers.port,
    status: () => electedStatus(node, writeQuorum, clock),
    readiness: () => electedReadiness(node, writeQuorum),
    renewCredentials: async (renewed) => {
      credentials = renewed;
      peers.renewIdentity(renewed);
      await Promise.all(clients.map((client) => client.renewCredentials(renewed)));
    },
    handOver: (database, toNodeId) => node.handOver(database, toNodeId),
    close: () => running.disposeAsync(),
  };
}
