import {
  MemoryConfiguration,
  startElectedNode,
  systemNodeClock,
  type DatabaseState,
  type ElectedNode,
} from "@boxerdb/replication";
import { expect } from "vitest";

import type { ClusterPart } from "../src/serve/cluster-part.ts";

import { eventually } from "./eventually.ts";
import { sending } from "./test-node.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

/** A server and its node. */
export interface ElectedServer extends TestServer {
  readonly node: ElectedNode;
}

/** Servers of a cluster that elects its leaders, by a configuration manager in this process. */
export class ElectedServers implements AsyncDisposable {
  readonly #configuration = new MemoryConfiguration("cluster", systemNodeClock);
  readonly #resources = new AsyncDisposableStack();

  async start(nodeId: string): Promise<ElectedServer> {
    const started = Promise.withResolvers<ElectedNode>();
    const part: ClusterPart = {
      damagedDatabases: "set aside",
      start: async (parts) => {
        const node = await startElectedNode({
          ...parts,
          manager: this.#configuration.connect(),
          peerHost: "127.0.0.1",
          peerPort: 0,
          peerUrlOf: (port) => `http://127.0.0.1:${port}`,
          settings: {
            writeQuorum: 2,
            // Whoever waits for the end of one has failed.
            leaseMs: 3_600_000,
            pollMs: 100,
            pullWaitMs: 100,
            retryPauseMs: 20,
          },
        });
        started.resolve(node);
        return node;
      },
    };
    const server = this.#resources.use(await startTestServer({ nodeId }, part));
    return { ...server, node: await started.promise };
  }

  /** Has a server create and lead a database, with so many in sync. */
  async createDatabase(name: string, { url }: TestServer, inSync: number): Promise<void> {
    await eventually(async () => {
      const answer = await fetch(`${url}/api/v2/${name}`, { method: "PUT" });
      expect([201, 409]).toContain(answer.status);
    });
    await eventually(() => expect(this.state(name)?.inSync).toHaveLength(inSync));
  }

  /** What is agreed on about a database. */
  state(name: string): DatabaseState | undefined {
    return this.#configuration.view().databases.get(name)?.state;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** Writes a value to a database by one of its servers, as clients do who come again. */
export const putTo = ({ url }: TestServer, database: string, value: number): Promise<void> =>
  eventually(async () => {
    const request = sending("PUT", { value });
    const answer = await fetch(`${url}/api/v2/${database}/things/k`, request);
    expect(answer.status).toBe(200);
  });
