import {
  open,
  type Collection,
  type OpenDatabase,
  type Store,
  type StoreOptions,
} from "@boxerdb/engine";
import { startNode, type NodeOptions, type ReplicationNode } from "@boxerdb/replication";

import { RecordedLog } from "./recorded-log.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** What a test may want otherwise. */
export interface TestNodeSettings {
  /** Where it keeps its data. Default: in a directory of its own, which goes when it is disposed of. */
  readonly directory?: string;
  readonly store?: StoreOptions;
  readonly node?: Partial<NodeOptions>;
}

/** The public URL that test leaders tell. */
export const publicUrl = "http://leader.example:8080";

/**
 * A node over real sockets and a real directory, which it keeps when it is stopped, so that it can be
 * started again on it. A leader keeps its peer port too.
 */
export class TestNode implements AsyncDisposable {
  readonly directory: string;
  readonly log = new RecordedLog();
  readonly #home: TemporaryDirectory;
  readonly #settings: TestNodeSettings;
  #running: { readonly store: Store; readonly node: ReplicationNode } | undefined;
  #peerPort = 0;

  private constructor(home: TemporaryDirectory, settings: TestNodeSettings) {
    this.#home = home;
    this.directory = settings.directory ?? `${home.path}/data`;
    this.#settings = settings;
  }

  /** Starts a leader that commits by itself, unless told otherwise. */
  static async leader(settings: TestNodeSettings = {}): Promise<TestNode> {
    return TestNode.#start(settings);
  }

  /** Starts a follower of a peer URL. */
  static async follower(leaderUrl: string, settings: TestNodeSettings = {}): Promise<TestNode> {
    const node = { role: "follower", nodeId: "follower", leaderUrl, ...settings.node } as const;
    return TestNode.#start({ ...settings, node });
  }

  static async #start(settings: TestNodeSettings): Promise<TestNode> {
    const created = new TestNode(await TemporaryDirectory.create(), settings);
    try {
      await created.start();
    } catch (error) {
      await created[Symbol.asyncDispose]();
      throw error;
    }
    return created;
  }

  get store(): Store {
    return this.#up.store;
  }

  get node(): ReplicationNode {
    return this.#up.node;
  }

  /** Where followers reach a leader. */
  get peerUrl(): string {
    return `http://127.0.0.1:${this.#peerPort}`;
  }

  /** The open database of a name; throws where there is none. */
  open(name = "default"): OpenDatabase {
    const database = this.store.database(name).open;
    if (database === undefined) throw new Error(`there is no database "${name}" on this node`);
    return database;
  }

  collection(name = "default"): Collection {
    return this.store.database(name).collection("things");
  }

  /** Starts it, again on what it has on disk; `settings` go before those it was made with. */
  async start(settings: TestNodeSettings = {}): Promise<void> {
    const options = { commit: "replicated", ...this.#settings.store, ...settings.store } as const;
    const store = await open(this.directory, options);
    try {
      const node = await startNode({
        store,
        nodeId: "leader",
        role: "leader",
        writeQuorum: 1,
        peerHost: "127.0.0.1",
        peerPort: this.#peerPort,
        advertiseUrl: publicUrl,
        log: this.log,
        ...this.#settings.node,
        ...settings.node,
      });
      this.#peerPort = node.peerPort ?? 0;
      this.#running = { store, node };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Stops it and keeps what it has on disk. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.node.close();
    await running?.store.close();
  }

  async restart(settings: TestNodeSettings = {}): Promise<void> {
    await this.stop();
    await this.start(settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#home[Symbol.asyncDispose]();
  }

  get #up(): { readonly store: Store; readonly node: ReplicationNode } {
    if (this.#running === undefined) throw new Error("this node is stopped");
    return this.#running;
  }
}
