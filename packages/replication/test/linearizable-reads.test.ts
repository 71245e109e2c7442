/** Reads that ask the replicas in sync whether somebody else leads. */
import {
  CommitTimeoutError,
  NoLeaderError,
  NotEnoughReplicasError,
  NotLeaderError,
} from "@boxerdb/replication";
import { expect, test } from "vitest";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

const replicaTimeoutMs = 5_000;

/** A leader with a follower in sync that a proxy can hold back; time passes when a test lets it. */
class HeldCluster implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly leader: TestNode;
  readonly proxy: TcpProxy;
  readonly follower: TestNode;
  readonly #owned: AsyncDisposableStack;

  private constructor(
    clock: ManualClock,
    leader: TestNode,
    proxy: TcpProxy,
    follower: TestNode,
    owned: AsyncDisposableStack,
  ) {
    this.clock = clock;
    this.leader = leader;
    this.proxy = proxy;
    this.follower = follower;
    this.#owned = owned;
  }

  static async start(
    settings: { readonly writeQuorum?: number; readonly commitTimeoutMs?: number } = {},
  ): Promise<HeldCluster> {
    await using owned = new AsyncDisposableStack();
    const clock = new ManualClock();
    const node = { clock, replicaTimeoutMs, ...settings };
    const leader = owned.use(await TestNode.leader({ node }));
    const proxy = owned.use(await TcpProxy.start(leader.peerUrl));
    const follower = owned.use(await TestNode.follower(proxy.url));
    await eventually(() => leader.node.assertWritable("default"));
    await leader.collection().put("k", 1);
    const cluster = new HeldCluster(clock, leader, proxy, follower, owned.move());
    await cluster.untilInSync(2);
    return cluster;
  }

  async untilInSync(count: number): Promise<void> {
    await eventually(() =>
      expect(this.leader.node.status()).toMatchObject({ databases: [{ inSync: count }] }),
    );
  }

  /** A linearizable read under way. */
  read(): { outcome: "waits" | "confirmed" | Error; readonly settled: Promise<void> } {
    const read: { outcome: "waits" | "confirmed" | Error } = { outcome: "waits" };
    const settle = async (): Promise<void> => {
      try {
        await this.leader.node.confirmRead("default", "linearizable");
        read.outcome = "confirmed";
      } catch (error) {
        read.outcome = error instanceof Error ? error : new Error(String(error));
      }
    };
    const settled = settle();
    return Object.assign(read, { settled });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** Lets pass what is under way on sockets of this machine. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

test("is confirmed by the replicas in sync, at once, however long their pulls would wait", async () => {
  await using cluster = await HeldCluster.start();
  for (let index = 0; index < 20; index++) {
    await cluster.leader.node.confirmRead("default", "linearizable");
  }
  await expectCaughtUp(cluster.leader, cluster.follower);
});

test("waits for a replica that is cut off until it is in sync no more", async () => {
  await using cluster = await HeldCluster.start();
  const { leader, proxy, clock, follower } = cluster;
  proxy.hold();
  const read = cluster.read();
  // By its lease it may read all the time.
  await leader.node.confirmRead("default", "leader");
  clock.advance(replicaTimeoutMs * 0.9);
  await aWhile();
  expect(read.outcome).toBe("waits");
  clock.advance(replicaTimeoutMs);
  await read.settled;
  expect(read.outcome).toBe("confirmed");
  await cluster.untilInSync(1);
  await leader.node.confirmRead("default", "linearizable");
  proxy.release();
  await cluster.untilInSync(2);
  await expectCaughtUp(leader, follower);
  await leader.node.confirmRead("default", "linearizable");
});

test("is confirmed as soon as a replica that was held back answers", async () => {
  await using cluster = await HeldCluster.start();
  cluster.proxy.hold();
  const reads = [cluster.read(), cluster.read()];
  await aWhile();
  expect(reads.map(({ outcome }) => outcome)).toEqual(["waits", "waits"]);
  cluster.proxy.release();
  await Promise.all(reads.map(({ settled }) => settled));
  expect(reads.map(({ outcome }) => outcome)).toEqual(["confirmed", "confirmed"]);
});

test("is given up after the commit timeout", async () => {
  await using cluster = await HeldCluster.start({ commitTimeoutMs: 1_000 });
  cluster.proxy.hold();
  const read = cluster.read();
  cluster.clock.advance(1_000);
  await read.settled;
  expect(read.outcome).toBeInstanceOf(CommitTimeoutError);
});

test("is refused below the write quorum, and where the node stops leading or does not lead", async () => {
  await using cluster = await HeldCluster.start({ writeQuorum: 2 });
  const { leader, follower, proxy } = cluster;
  await expect(follower.node.confirmRead("default", "linearizable")).rejects.toThrow(
    NotLeaderError,
  );
  proxy.hold();
  const read = cluster.read();
  await leader.node.close();
  await read.settled;
  expect(read.outcome).toBeInstanceOf(NoLeaderError);
  await leader.restart();
  for (const database of ["default", "none"]) {
    await expect(leader.node.confirmRead(database, "linearizable")).rejects.toThrow(
      NotEnoughReplicasError,
    );
  }
});
