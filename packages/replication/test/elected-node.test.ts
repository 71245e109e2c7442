/** Nodes as servers start them, of a cluster that elects its leaders. */
import { open } from "@boxerdb/engine";
import {
  ConfigurationUnavailableError,
  InvalidNodeOptionError,
  MemoryConfiguration,
  NotLeaderError,
  startElectedNode,
  systemNodeClock,
  type ElectedNode,
  type ElectedNodeOptions,
  type NodeStatus,
} from "@boxerdb/replication";
import { afterEach, beforeEach, expect, test } from "vitest";

import { eventually } from "./cluster/eventually.ts";
import { RecordedLog } from "./cluster/recorded-log.ts";
import { TemporaryDirectory } from "./cluster/temporary-directory.ts";

let resources: AsyncDisposableStack;
let home: TemporaryDirectory;
let configuration: MemoryConfiguration;
let nodes: readonly Started[];
let n1: Started;
let n2: Started;
let n3: Started;

interface Started {
  readonly node: ElectedNode;
  readonly store: ElectedNodeOptions["store"];
}

async function start(nodeId: string, options: Partial<ElectedNodeOptions> = {}): Promise<Started> {
  const store = await open(`${home.path}/${nodeId}`, { commit: "replicated" });
  resources.defer(() => store.close());
  const node = await startElectedNode({
    store,
    nodeId,
    manager: configuration.connect(),
    peerHost: "127.0.0.1",
    peerPort: 0,
    peerUrlOf: (port) => `http://127.0.0.1:${port}`,
    advertiseUrl: `http://${nodeId}.example`,
    credentials: { secrets: ["first"] },
    // All must have a write, so that one that is cut off is noticed.
    settings: {
      writeQuorum: 3,
      leaseMs: 1_000,
      pollMs: 100,
      pullWaitMs: 100,
      retryPauseMs: 20,
      // With one node gone nothing is committed that an heir could have.
      retirementMs: 100,
    },
    log: new RecordedLog(),
    ...options,
  });
  resources.defer(() => node.close());
  return { node, store };
}

beforeEach(async () => {
  resources = new AsyncDisposableStack();
  home = resources.use(await TemporaryDirectory.create());
  configuration = new MemoryConfiguration("cluster", systemNodeClock);
  [n1, n2, n3] = await Promise.all([start("n1"), start("n2"), start("n3")]);
  nodes = [n1, n2, n3];
  await eventually(() => {
    for (const { node } of nodes) node.assertWritable("app");
  });
});
afterEach(() => resources.disposeAsync());

/** Makes the database on the first node, and waits until all nodes do their part. */
async function createDatabase(): Promise<void> {
  await n1.store.createDatabase("app");
  await eventually(() => {
    expect(configuration.view().databases.get("app")?.state.inSync).toHaveLength(3);
    for (const { node } of nodes) expect(node.readiness()).toEqual({ ready: true });
  });
}

const write = ({ node, store }: Started, value: number): Promise<unknown> =>
  node.committed(store.database("app").collection("things").put("k", value), "app");

test("roles come and go with who is elected, and each node tells its own", async () => {
  for (const { node } of nodes) {
    expect(node.role).toBe("follower");
    expect(node.status()).toMatchObject({ leaderUrl: null, leaderPeerUrl: null, databases: [] });
  }
  await createDatabase();
  const statusAsLeader = ({ node }: Started): NodeStatus => {
    const status = node.status();
    expect(status.role).toBe(node.role);
    return status;
  };
  const expectLed = async (leader: Started, others: readonly Started[]): Promise<void> => {
    const { nodeId } = leader.node;
    await eventually(() => {
      expect(statusAsLeader(leader)).toMatchObject({
        role: "leader",
        nodeId,
        writeQuorum: 3,
        databases: [{ name: "app", inSync: 3 }],
      });
      const status = leader.node.status();
      const followers = (status.role === "leader" ? status.followers : []).toSorted((a, b) =>
        a.nodeId < b.nodeId ? -1 : 1,
      );
      expect(followers.map(({ url, connected }) => ({ url, connected }))).toEqual(
        others.map(({ node }) => ({ url: `http://${node.nodeId}.example`, connected: true })),
      );
      expect(followers.map(({ storeId }) => storeId)).toEqual(others.map(({ store }) => store.id));
      for (const other of others) {
        expect(statusAsLeader(other)).toMatchObject({
          role: "follower",
          leaderUrl: `http://${nodeId}.example`,
          leaderPeerUrl: `http://127.0.0.1:${leader.node.peerPort}`,
          connected: true,
          halted: null,
          databases: [{ name: "app", lagRecords: 0 }],
        });
        expect(() => other.node.assertWritable("app")).toThrow(NotLeaderError);
      }
    });
  };
  await expectLed(n1, [n2, n3]);
  await write(n1, 1);

  await expect(n2.node.handOver("app", "n3")).rejects.toBeInstanceOf(NotLeaderError);
  await n1.node.handOver("app", "n2");
  await expectLed(n2, [n1, n3]);
  await write(n2, 2);
});

test("a secret that is renewed counts for the connections that are there", async () => {
  await createDatabase();
  for (const secrets of [["first", "second"], ["second", "first"], ["second"]]) {
    await Promise.all(nodes.map(({ node }) => node.renewCredentials({ secrets })));
    await write(n1, 1);
  }
});

test("a node that does not start leaves the configuration manager", async () => {
  const manager = configuration.connect();
  const started = start("n4", { manager, settings: { writeQuorum: 0 } });
  await expect(started).rejects.toBeInstanceOf(InvalidNodeOptionError);
  await expect(manager.read()).rejects.toBeInstanceOf(ConfigurationUnavailableError);
});
