import {
  FaultyFileSystem,
  nodeFileSystem,
  open,
  type Collection,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";
import {
  ClusterNode,
  defaultSettings,
  NoLeaderError,
  protocolRules,
  systemNodeClock,
  type ConfigurationManager,
  type MemoryConfiguration,
  type NodeSettings,
} from "@boxerdb/replication";

import { noCredentials } from "../../src/http/credentials.ts";
import { HttpPeerClient } from "../../src/http/http-peer-client.ts";
import { createPeerApp, listenForPeers, type PeerServer } from "../../src/http/peer-server.ts";

import { RecordedLog } from "./recorded-log.ts";

/** Two of three nodes must have a write, and whoever is silent is given up soon. */
export const electedSettings: NodeSettings = {
  ...defaultSettings,
  writeQuorum: 2,
  replicaTimeoutMs: 1_000,
  pullWaitMs: 200,
  retryPauseMs: 20,
  commitTimeoutMs: 2_000,
  pollMs: 100,
  leaseMs: 500,
};

interface Running {
  readonly store: Store;
  readonly node: ClusterNode;
  readonly manager: ConfigurationManager;
  readonly peers: PeerServer;
}

/**
 * A node of a cluster that elects its leaders, over real sockets and a real directory, which it keeps
 * when it is stopped, so that it can be started again on it.
 */
export class ElectedNode {
  readonly nodeId: string;
  readonly directory: string;
  readonly log = new RecordedLog();
  /** While it is set, its disk syncs nothing. */
  isDiskFailing = false;
  readonly #configuration: MemoryConfiguration;
  readonly #settings: NodeSettings;
  #running: Running | undefined;
  #isStopping = false;

  constructor(
    nodeId: string,
    directory: string,
    configuration: MemoryConfiguration,
    settings = electedSettings,
  ) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.#configuration = configuration;
    this.#settings = settings;
  }

  get isUp(): boolean {
    return this.#running !== undefined && !this.#isStopping;
  }

  get store(): Store {
    return this.#up.store;
  }

  get node(): ClusterNode {
    return this.#up.node;
  }

  open(name = "default"): OpenDatabase {
    const database = this.store.database(name).open;
    if (database === undefined) throw new Error(`there is no database "${name}" on this node`);
    return database;
  }

  collection(name = "default"): Collection {
    return this.store.database(name).collection("things");
  }

  async start(): Promise<void> {
    const { nodeId, log } = this;
    const manager = this.#configuration.connect();
    const fileSystem = new FaultyFileSystem(nodeFileSystem, ({ kind }) =>
      this.isDiskFailing && kind === "datasync" ? new Error("EIO: the disk failed") : undefined,
    );
    const store = await open(this.directory, { commit: "replicated", fileSystem });
    const service = {
      catalog: () => Promise.reject(new NoLeaderError("of this cluster's configuration")),
      pull: (...pull: Parameters<ClusterNode["pull"]>) => this.node.pull(...pull),
    };
    const app = createPeerApp(service, log, () => noCredentials, systemNodeClock);
    const peers = await listenForPeers(app, noCredentials, { host: "127.0.0.1", port: 0 }, log);
    const node = new ClusterNode({
      store,
      address: {
        nodeId,
        peerUrl: `http://127.0.0.1:${peers.port}`,
        publicUrl: `http://${nodeId}.example`,
      },
      manager,
      connect: (url) => new HttpPeerClient(url),
      settings: this.#settings,
      rules: protocolRules,
      clock: systemNodeClock,
      log,
    });
    this.#running = { store, node, manager, peers };
    node.start();
  }

  /** Has it reach the configuration manager no more, and nobody know that it goes, if it does. */
  async isolate(): Promise<void> {
    await this.#up.manager.close();
  }

  /** Stops it and keeps what it has on disk. It says farewell, unless it is isolated. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#isStopping = true;
    // Others pull from it until it is closed.
    await running?.node.close();
    this.#running = undefined;
    this.#isStopping = false;
    await running?.peers.close();
    await running?.store.close();
    await running?.manager.close();
  }

  get #up(): Running {
    if (this.#running === undefined) throw new Error(`node ${this.nodeId} is stopped`);
    return this.#running;
  }
}
