import { open, type Store } from "@boxerdb/engine";
import {
  MemoryConfiguration,
  startElectedNode,
  systemNodeClock,
  type DatabaseState,
  type ElectedNode,
  type ElectedNodeOptions,
} from "@boxerdb/replication";
import { expect } from "vitest";

import { eventually } from "./eventually.ts";
import { NotedManager, type NotedManagerOptions } from "./noted-manager.ts";
import { RecordedLog } from "./recorded-log.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** A node as servers start it, of a cluster that elects its leaders. */
export interface StartedNode {
  readonly node: ElectedNode;
  readonly store: Store;
  readonly log: RecordedLog;
}

/** Longer than a test may take: whoever waits for the end of a lease has failed. */
const leaseMs = 3_600_000;

/** Nodes of one cluster, and what they change in what it agrees on. */
export class StartedNodes implements AsyncDisposable {
  readonly configuration = new MemoryConfiguration("cluster", systemNodeClock);
  /** Every new reign and every node that has gone, in order. */
  readonly history: string[] = [];
  readonly #home: TemporaryDirectory;
  readonly #resources = new AsyncDisposableStack();

  private constructor(home: TemporaryDirectory) {
    this.#home = this.#resources.use(home);
  }

  static async create(): Promise<StartedNodes> {
    return new StartedNodes(await TemporaryDirectory.create());
  }

  async start(
    nodeId: string,
    {
      settings,
      beforeChange,
      ...options
    }: Partial<ElectedNodeOptions> & Pick<NotedManagerOptions, "beforeChange"> = {},
  ): Promise<StartedNode> {
    const store = await open(`${this.#home.path}/${nodeId}`, { commit: "replicated" });
    this.#resources.defer(() => store.close());
    const log = new RecordedLog();
    const note = (what: string): void => void this.history.push(what);
    const manager = this.configuration.connect();
    const node = await startElectedNode({
      store,
      nodeId,
      manager: new NotedManager({ manager, note, ...(beforeChange && { beforeChange }) }),
      peerHost: "127.0.0.1",
      peerPort: 0,
      peerUrlOf: (port) => `http://127.0.0.1:${port}`,
      advertiseUrl: `http://${nodeId}.example`,
      settings: { leaseMs, pollMs: 100, pullWaitMs: 100, retryPauseMs: 20, ...settings },
      log,
      ...options,
    });
    this.#resources.defer(() => node.close());
    return { node, store, log };
  }

  /** Has a node lead new databases, with so many nodes in sync. */
  async createDatabases(
    names: readonly string[],
    { node, store }: StartedNode,
    inSync: number,
  ): Promise<void> {
    for (const name of names) {
      await eventually(() => node.assertWritable(name));
      await store.createDatabase(name);
    }
    await eventually(() => {
      for (const name of names) expect(this.state(name)?.inSync).toHaveLength(inSync);
    });
  }

  /** What is agreed on about a database. */
  state(name: string): DatabaseState | undefined {
    return this.configuration.view().databases.get(name)?.state;
  }

  /** Who leads it, as agreed on. */
  leaderOf(name: string): string | undefined {
    return this.state(name)?.leader?.nodeId;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Writes as clients do, who come again where nobody leads yet. */
export const writeTo = (
  { node, store }: StartedNode,
  database: string,
  value: number,
): Promise<unknown> =>
  eventually(() => {
    node.assertWritable(database);
    return node.committed(store.database(database).collection("things").put("k", value), database);
  });
