/** Nodes that elect their leaders, over real sockets and directories, with clients that never pause. */
import { rm } from "node:fs/promises";

import { DatabaseNotFoundError, PoisonedError } from "@boxerdb/engine";
import {
  CommitTimeoutError,
  NoLeaderError,
  NotLeaderError,
  UncleanElectionError,
} from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { ElectedClient } from "./cluster/elected-client.ts";
import { ElectedCluster } from "./cluster/elected-cluster.ts";
import { eventually } from "./cluster/eventually.ts";
import { WriteHistory } from "./processes/write-history.ts";

/** Clients that write, and what came of it. */
class Writers implements AsyncDisposable {
  readonly #cluster: ElectedCluster;
  readonly #history = new WriteHistory();
  readonly #clients: readonly ElectedClient[];

  constructor(cluster: ElectedCluster) {
    this.#cluster = cluster;
    this.#clients = ["ada", "bob", "cy", "dot"].map(
      (name) => new ElectedClient(cluster, this.#history, name),
    );
  }

  /** Waits until so many more writes are acknowledged. */
  async untilAcknowledged(more: number): Promise<void> {
    const target = this.#history.acknowledged + more;
    await eventually(() => expect(this.#history.acknowledged).toBeGreaterThanOrEqual(target));
  }

  /** Has all nodes come to the same, and looks there for every write that was acknowledged. */
  async check(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.#cluster.expectSame();
    for (const node of this.#cluster.nodes) {
      const entries = await Array.fromAsync(node.collection().list());
      this.#history.check(new Map(entries.map((entry) => [entry.key, entry])));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()));
  }
}

describe("when the leader is gone", () => {
  test.each([
    { how: "that crashes, another one in sync is elected when its lease has ended", isCrash: true },
    { how: "that says farewell, it has handed over to another one in sync", isCrash: false },
  ])("one $how", async ({ isCrash }) => {
    await using cluster = await ElectedCluster.start();
    await using writers = new Writers(cluster);
    await writers.untilAcknowledged(20);
    const { leader, state } = cluster;
    if (isCrash) await leader.isolate();
    await leader.stop();
    const next = await cluster.untilSucceeded(leader);
    // A handover is a reign that its heir does not begin: it begins the next.
    expect(cluster.state.epoch).toBe(state.epoch + (isCrash ? 1 : 2));
    expect(next.log.count("elected")).toBe(1);
    await writers.untilAcknowledged(20);
    await cluster.untilInSync(2);
    await leader.start();
    await writers.untilAcknowledged(20);
    await writers.check();
    expect(cluster.leader).toBe(next);
  });
});

test("a leader that loses the configuration manager acknowledges nothing once another is elected", async () => {
  await using cluster = await ElectedCluster.start();
  await using writers = new Writers(cluster);
  await writers.untilAcknowledged(20);
  const { leader: old } = cluster;
  await old.isolate();
  const next = await cluster.untilSucceeded(old);
  // It believes in its office, and cannot do any harm.
  const reign = old.node.replica("default")?.leader;
  expect(reign).toBeDefined();
  const committed = old.open().highWatermark;
  const written = old.node.committed(old.collection().put("stale", 1));
  const read = old.node.confirmRead("default", "linearizable");
  const readByLease = old.node.confirmRead("default", "leader");
  await expect(Promise.allSettled([written, read, readByLease])).resolves.toMatchObject(
    [1, 2, 3].map(() => ({ status: "rejected", reason: expect.any(CommitTimeoutError) })),
  );
  expect(old.open().highWatermark).toBe(committed);
  await expect(next.node.confirmRead("default", "linearizable")).resolves.toBeUndefined();
  // Back in the cluster it follows, and cuts off what nobody else has.
  await old.stop();
  await old.start();
  await writers.untilAcknowledged(20);
  await writers.check();
  expect(await old.collection().has("stale")).toBe(false);
  expect(old.log.count("cutting off records that were never committed")).toBe(1);
});

test("a leader whose log has failed confirms no read, before it could lay down its office", async () => {
  await using cluster = await ElectedCluster.start();
  const { leader: old } = cluster;
  await old.isolate();
  await cluster.untilSucceeded(old);
  const reign = old.node.replica("default")?.leader;
  old.open().fail(new PoisonedError("the disk failed"));
  await expect(reign?.confirm()).rejects.toThrow(NoLeaderError);
});

test("a leader whose log has failed answers nothing on the word of its lease: it resigns, and others lead", async () => {
  await using cluster = await ElectedCluster.start();
  const { leader: old } = cluster;
  await old.node.confirmRead("default", "leader");
  old.open().fail(new PoisonedError("the disk failed"));
  await expect(old.node.confirmRead("default", "leader")).rejects.toThrow(NoLeaderError);
  await cluster.untilSucceeded(old);
});

test("of a database that it does not know a node says nothing before it has asked the cluster", async () => {
  await using cluster = await ElectedCluster.start();
  const [first, second, third] = cluster.nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three");
  await expect(first.node.confirmRead("new", "leader")).resolves.toBeUndefined();
  await third.isolate();
  await first.store.createDatabase("new");
  await expect(second.node.confirmRead("new", "leader")).rejects.toThrow(NotLeaderError);
  await expect(third.node.confirmRead("new", "leader")).rejects.toThrow(NoLeaderError);
});

test("nor that there is nothing to delete in it", async () => {
  await using cluster = await ElectedCluster.start();
  const [first, , third] = cluster.nodes;
  if (first === undefined || third === undefined) throw new Error("three");
  const deleteAt = ({ node, store }: typeof first) =>
    node.committed(store.database("new").collection("things").delete("k"), "new");
  await expect(deleteAt(third)).resolves.toBeUndefined();
  await third.isolate();
  await first.node.committed(first.store.database("new").collection("things").put("k", 1), "new");
  await expect(deleteAt(third)).rejects.toThrow(NoLeaderError);
});

describe("a node whose disk has failed", () => {
  test.each(["leader", "follower"])(
    "makes way as a %s, opens its log again, and is in sync again",
    async (role) => {
      await using cluster = await ElectedCluster.start();
      await using writers = new Writers(cluster);
      await writers.untilAcknowledged(20);
      const { leader, nodes } = cluster;
      const failing =
        role === "leader" ? leader : (nodes.find((node) => node !== leader) ?? leader);
      failing.isDiskFailing = true;
      await cluster.untilInSync(2);
      if (role === "leader") await cluster.untilSucceeded(leader);
      else expect(cluster.leader).toBe(leader);
      await writers.untilAcknowledged(20);
      failing.isDiskFailing = false;
      await cluster.untilInSync(3);
      await writers.untilAcknowledged(20);
      await writers.check();
      expect(failing.log.count("opening the database again after a failure")).toBeGreaterThan(0);
    },
  );
});

test("a reign whose first record cannot be synced is followed by another one", async () => {
  await using cluster = await ElectedCluster.start();
  const { leader, nodes } = cluster;
  for (const node of nodes) if (node !== leader) await node.stop();
  await cluster.untilInSync(1);
  await leader.stop();
  await leader.start();
  // Its store is open, and what it writes next is the record of its reign.
  leader.isDiskFailing = true;
  const message = 'changing the role in database "default" failed, retrying';
  await eventually(() => expect(leader.log.count(message)).toBeGreaterThan(0));
  leader.isDiskFailing = false;
  await eventually(() => expect(leader.node.replica("default")?.leader).toBeDefined());
});

describe("an operator who gives up on all that were in sync", () => {
  test("has another node lead, with what that has", async () => {
    await using cluster = await ElectedCluster.start();
    const { leader, nodes } = cluster;
    const behind = nodes.find((node) => node !== leader) ?? leader;
    await leader.node.committed(leader.collection().put("old", 1));
    await eventually(async () => expect(await behind.collection().has("old")).toBe(true));
    await behind.stop();
    await cluster.untilInSync(2);
    await leader.node.committed(leader.collection().put("new", 2));
    const others = cluster.nodes.filter((node) => node !== behind);
    await Promise.all(others.map((node) => node.stop()));
    for (const { directory } of others) await rm(directory, { recursive: true });
    // Nodes that are there with another disk can lead no more than those that are not.
    const [back] = others;
    await back?.start();
    await behind.start();
    await eventually(() => expect(behind.node.replica("default")).toBeDefined());
    await eventually(() => {
      expect(() => behind.node.assertWritable("default")).toThrow(NoLeaderError);
    });
    await behind.node.electUnclean("default");
    expect(cluster.leader).toBe(behind);
    const message =
      "an operator has this node lead, which was not in sync: what only the others have is lost";
    expect(behind.log.count(message)).toBe(1);
    for (const node of others) if (node !== back) await node.start();
    await cluster.expectSame();
    expect(await leader.collection().has("old")).toBe(true);
    expect(await leader.collection().has("new")).toBe(false);
    await behind.node.committed(behind.collection().put("later", 3));
  });

  test("is refused while one of them is there", async () => {
    await using cluster = await ElectedCluster.start();
    const { leader, nodes, state } = cluster;
    const other = nodes.find((node) => node !== leader) ?? leader;
    await expect(other.node.electUnclean("default")).rejects.toThrow(UncleanElectionError);
    await expect(other.node.electUnclean("nope")).rejects.toThrow(DatabaseNotFoundError);
    expect(cluster.leader).toBe(leader);
    expect(cluster.state.epoch).toBe(state.epoch);
  });
});

describe("a planned handover", () => {
  test("under writes loses none, and brings the next leader into office without waiting for a lease", async () => {
    await using cluster = await ElectedCluster.start();
    await using writers = new Writers(cluster);
    for (let round = 0; round < 3; round++) {
      await writers.untilAcknowledged(20);
      const { leader, nodes, state } = cluster;
      const next = nodes[(nodes.indexOf(leader) + 1) % nodes.length] ?? leader;
      await leader.node.handOver("default", next.nodeId);
      expect(cluster.leader).toBe(next);
      expect(cluster.state.epoch).toBeGreaterThan(state.epoch);
      expect(cluster.state.inSync).toHaveLength(3);
      await eventually(() => next.node.assertWritable("default"));
    }
    await writers.untilAcknowledged(20);
    await writers.check();
  });

  test("does not wait for what cannot be committed, as too few are in sync", async () => {
    await using cluster = await ElectedCluster.start({ writeQuorum: 3 });
    const { leader, nodes } = cluster;
    const [next = leader, failing = leader] = nodes.filter((node) => node !== leader);
    await eventually(() => leader.node.assertWritable("default"));
    failing.isDiskFailing = true;
    const unknown = leader.node.committed(leader.collection().put("k", 1));
    const outcome = expect(unknown).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    await cluster.untilInSync(2);
    await leader.node.handOver("default", next.nodeId);
    expect(cluster.leader).toBe(next);
    await outcome;
    failing.isDiskFailing = false;
    await cluster.untilInSync(3);
    await eventually(async () => expect(await leader.collection().get("k")).toBe(1));
  });

  test("to a node that is not in sync is refused, and changes nothing", async () => {
    await using cluster = await ElectedCluster.start();
    const { leader, nodes, state } = cluster;
    const gone = nodes.find((node) => node !== leader) ?? leader;
    await gone.stop();
    await cluster.untilInSync(2);
    await expect(leader.node.handOver("default", gone.nodeId)).rejects.toMatchObject({
      code: "HANDOVER",
    });
    await gone.start();
    await cluster.untilInSync(3);
    await expect(gone.node.handOver("default", leader.nodeId)).rejects.toThrow(NotLeaderError);
    await leader.node.committed(leader.collection().put("k", 1));
    expect(cluster.state.epoch).toBe(state.epoch);
    await cluster.expectSame();
  });
});
