import {
  MemoryConfiguration,
  systemNodeClock,
  type DatabaseState,
  type NodeSettings,
} from "@boxerdb/replication";
import { expect } from "vitest";

import { contentOf, expectSameRecords, positionsOf } from "./content.ts";
import { electedSettings, ElectedNode } from "./elected-node.ts";
import { eventually } from "./eventually.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** Three nodes that elect their leaders, and what they agree on. */
export class ElectedCluster implements AsyncDisposable {
  readonly configuration = new MemoryConfiguration("cluster", systemNodeClock);
  readonly nodes: readonly ElectedNode[];
  readonly #home: TemporaryDirectory;

  private constructor(home: TemporaryDirectory, settings: Partial<NodeSettings>) {
    this.#home = home;
    const all = { ...electedSettings, ...settings };
    this.nodes = ["n1", "n2", "n3"].map(
      (nodeId) => new ElectedNode(nodeId, `${home.path}/${nodeId}`, this.configuration, all),
    );
  }

  /** Starts the nodes, with the database `default` in sync on all of them. */
  static async start(settings: Partial<NodeSettings> = {}): Promise<ElectedCluster> {
    const cluster = new ElectedCluster(await TemporaryDirectory.create(), settings);
    try {
      await Promise.all(cluster.nodes.map((node) => node.start()));
      const [first] = cluster.nodes;
      await eventually(() => first?.node.assertWritable("default"));
      await first?.store.createDatabase("default");
      await cluster.untilInSync(3);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** What the cluster has agreed on about `default`. */
  get state(): DatabaseState {
    const state = this.configuration.view().databases.get("default")?.state;
    if (state === undefined) throw new Error("there is no database");
    return state;
  }

  /** Who leads `default`, as agreed on. */
  get leader(): ElectedNode {
    const { leader } = this.state;
    const node = this.nodes.find(({ nodeId }) => nodeId === leader?.nodeId);
    if (node === undefined) throw new Error("nobody leads");
    return node;
  }

  async untilInSync(count: number): Promise<void> {
    await eventually(() => expect(this.state.inSync).toHaveLength(count));
  }

  /** Waits until another node than this one leads, and has begun to. */
  async untilSucceeded(before: ElectedNode): Promise<ElectedNode> {
    return eventually(() => {
      const { leader } = this;
      expect(leader).not.toBe(before);
      expect(leader.node.replica("default")?.leader?.isEstablished).toBe(true);
      return leader;
    });
  }

  /** Waits until all nodes have the same, and compares it: what readers see, and every record. */
  async expectSame(): Promise<void> {
    await this.untilInSync(3);
    const { leader } = this;
    for (const node of this.nodes) {
      await eventually(() => expect(positionsOf(node.store)).toEqual(positionsOf(leader.store)));
      expect(await contentOf(node.store)).toEqual(await contentOf(leader.store));
      await expectSameRecords(leader, node);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#home[Symbol.asyncDispose]();
  }
}
