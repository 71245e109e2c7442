import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MemoryConfiguration, systemNodeClock, type DatabaseState } from "@boxerdb/replication";
import { ConfigurationServer } from "@boxerdb/replication/test";
import { expect } from "vitest";

import { eventually } from "../eventually.ts";

import { freePorts } from "./free-ports.ts";
import type { NodeSettings } from "./node-messages.ts";
import { ServedNode } from "./served-node.ts";

/** What a test may want otherwise. */
export interface ProcessClusterOptions {
  /** Default: 4. */
  readonly nodes?: number;
  /** Default: small, so that many segments are sealed and compacted meanwhile. */
  readonly segmentBytes?: number;
  readonly rules?: NodeSettings["rules"];
}

/** The database of these tests. */
export const databaseName = "app";

/** Nodes in processes of their own that elect their leaders, and what they agree on. */
export class ProcessCluster implements AsyncDisposable {
  readonly nodes: readonly ServedNode[];
  /** How long a node counts as there after it has last said so. */
  readonly leaseMs: number;
  readonly #configuration: MemoryConfiguration;
  readonly #server: ConfigurationServer;
  readonly #home: string;

  private constructor(
    nodes: readonly ServedNode[],
    leaseMs: number,
    configuration: MemoryConfiguration,
    server: ConfigurationServer,
    home: string,
  ) {
    this.nodes = nodes;
    this.leaseMs = leaseMs;
    this.#configuration = configuration;
    this.#server = server;
    this.#home = home;
  }

  /** Starts the nodes, with a database that is in sync on all of them. */
  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const { nodes: count = 4, segmentBytes = 32 << 10, rules = "shipping" } = options;
    const leaseMs = 1_500;
    const home = await mkdtemp(join(tmpdir(), "boxerdb-cluster-"));
    const configuration = new MemoryConfiguration("cluster", systemNodeClock);
    const server = await ConfigurationServer.start(configuration);
    const ports = await freePorts(2 * count);
    const nodes = Array.from({ length: count }, (_, index) => {
      const nodeId = `n${index + 1}`;
      const settings = {
        nodeId,
        dataDir: join(home, nodeId),
        port: ports[2 * index] ?? 0,
        peerPort: ports[2 * index + 1] ?? 0,
        segmentBytes,
        managerUrl: server.url,
        writeQuorum: 2,
        leaseMs,
        rules,
      };
      return new ServedNode(settings, join(home, `${nodeId}.log`));
    });
    const cluster = new ProcessCluster(nodes, leaseMs, configuration, server, home);
    try {
      await Promise.all(nodes.map((node) => node.start()));
      await cluster.#createDatabase();
      await cluster.untilInSync();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** What the nodes have agreed on about the database. */
  get state(): DatabaseState {
    const state = this.#configuration.view().databases.get(databaseName)?.state;
    if (state === undefined) throw new Error("there is no database");
    return state;
  }

  /** Who leads, as agreed on; undefined where nobody does. */
  get leader(): ServedNode | undefined {
    const { leader } = this.state;
    return this.nodes.find(({ nodeId }) => nodeId === leader?.nodeId);
  }

  /** Waits until all nodes are in sync with one that leads. */
  async untilInSync(): Promise<void> {
    await eventually(() => {
      expect(this.state.leader).toBeDefined();
      expect(this.state.inSync.map(({ nodeId }) => nodeId).toSorted()).toEqual(
        this.nodes.map(({ nodeId }) => nodeId),
      );
    });
  }

  /** Throws where a node has asked the manager for what none may. */
  expectNoViolation(): void {
    expect(this.#server.violations).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#home, { recursive: true });
  }

  async #createDatabase(): Promise<void> {
    const [first] = this.nodes;
    await eventually(async () => {
      const answer = await fetch(`${first?.url}/api/v2/${databaseName}`, { method: "PUT" });
      expect([201, 409]).toContain(answer.status);
    });
  }
}
