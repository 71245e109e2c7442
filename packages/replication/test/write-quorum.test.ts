import {
  CommitTimeoutError,
  NotEnoughReplicasError,
  type FollowerProgress,
} from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode, type TestNodeSettings } from "./cluster/test-node.ts";
import { toldOfLed } from "./cluster/told-databases.ts";

const replicaTimeoutMs = 5_000;
const commitTimeoutMs = 10_000;

/** The settings of a leader on whose clock time passes only when a test lets it. */
const quorum = (writeQuorum: number, clock = new ManualClock()): TestNodeSettings => ({
  node: { writeQuorum, clock, replicaTimeoutMs, commitTimeoutMs },
});

const follow = (url: string, nodeId: string): Promise<TestNode> =>
  TestNode.follower(url, { node: { nodeId } });

/** Waits until so many nodes are in sync on a database. */
const untilInSync = (leader: TestNode, count: number): Promise<void> =>
  eventually(() => expect(leader.node.status()).toMatchObject({ databases: [{ inSync: count }] }));

/** A write under way, as a client of the node does it. */
class Write {
  outcome: "waits" | "acknowledged" | Error = "waits";
  readonly settled: Promise<void>;

  constructor(leader: TestNode, key: string, value: number) {
    leader.node.assertWritable("default");
    this.settled = this.#settle(leader.node.committed(leader.collection().put(key, value)));
  }

  async #settle(write: Promise<unknown>): Promise<void> {
    try {
      await write;
      this.outcome = "acknowledged";
    } catch (error) {
      this.outcome = error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Waits until all that was handed to the leader is synced there. */
const untilSynced = (leader: TestNode, endOffset: number): Promise<void> =>
  eventually(() => expect(leader.open().log.acceptedOffset).toBe(endOffset));

describe("a write quorum of 2", () => {
  test("refuses writes until a follower is there", async () => {
    await using leader = await TestNode.leader(quorum(2));
    const refused = (): void => leader.node.assertWritable("default");
    expect(refused).toThrow(NotEnoughReplicasError);
    expect(refused).toThrow("2 nodes, and 1 is in sync");
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => expect(refused).not.toThrow());
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, follower);
  });

  test("takes one pull a write, as long as the writer goes on", async () => {
    await using leader = await TestNode.leader({ node: { writeQuorum: 2 } });
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 0).settled;
    await untilInSync(leader, 2);
    const pulls = (): number => toldOfLed(leader.node)?.served.pulls ?? 0;
    const before = pulls();
    for (let value = 1; value <= 50; value++) await new Write(leader, "k", value).settled;
    // The high watermark alone is told when nothing else is about to be.
    expect(pulls() - before).toBeLessThanOrEqual(52);
    await expectCaughtUp(leader, follower);
  });

  test("acknowledges what two nodes have synced, and not before", async () => {
    await using leader = await TestNode.leader(quorum(2));
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(proxy.url, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, follower);
    proxy.hold();
    const end = leader.open().log.endOffset;
    const write = new Write(leader, "k", 2);
    await untilSynced(leader, end + 1);
    expect(write.outcome).toBe("waits");
    expect(leader.open().highWatermark).toBe(end);
    expect(await leader.collection().get("k")).toBe(1);
    proxy.release();
    const onFollower = write.settled.then(() => follower.open().log.acceptedOffset);
    expect(await onFollower).toBe(end + 1);
    expect(write.outcome).toBe("acknowledged");
    expect(await leader.collection().get("k")).toBe(2);
    await expectCaughtUp(leader, follower);
  });

  test("every acknowledged write is on the follower's disk when it is acknowledged", async () => {
    await using leader = await TestNode.leader(quorum(2));
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    const things = leader.collection();
    const offsets = Array.from({ length: 200 }, async (_, index) => {
      const offset = await things.put(`key-${index % 10}`, index);
      expect(follower.open().log.acceptedOffset).toBeGreaterThan(offset);
    });
    await Promise.all(offsets);
    await expectCaughtUp(leader, follower);
  });

  test("says that it is not ready while it refuses writes, and is again when a follower is back", async () => {
    const clock = new ManualClock();
    await using leader = await TestNode.leader(quorum(2, clock));
    const readiness = () => leader.node.readiness();
    expect(readiness()).toMatchObject({ ready: false });
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => expect(readiness()).toEqual({ ready: true }));
    await new Write(leader, "k", 1).settled;
    await follower.stop();
    await untilInSync(leader, 1);
    expect(readiness()).toEqual({
      ready: false,
      reason: expect.stringContaining("database default: writes are refused, reads go on"),
    });
    expect(await leader.collection().get("k")).toBe(1);
    await follower.start();
    await eventually(() => expect(readiness()).toEqual({ ready: true }));
  });

  test("one follower that is held back does not stop what another has, once it is late", async () => {
    const clock = new ManualClock();
    await using leader = await TestNode.leader(quorum(2, clock));
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using fast = await follow(leader.peerUrl, "fast");
    await using slow = await follow(proxy.url, "slow");
    await eventually(() => leader.node.assertWritable("default"));
    await leader.collection().put("k", 1);
    await untilInSync(leader, 3);
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await eventually(() =>
      expect(fast.open().log.acceptedOffset).toBe(leader.open().log.acceptedOffset),
    );
    expect(write.outcome).toBe("waits");
    // The fast one goes on pulling, as time goes on.
    for (let step = 0; step < 5; step++) {
      clock.advance(replicaTimeoutMs / 3);
      await eventually(() => expect(sincePullMs(leader, "fast")).toBe(0));
    }
    await write.settled;
    expect(write.outcome).toBe("acknowledged");
    expect(leader.log.count("replica is no longer in sync")).toBe(1);
    expect(progressOf(leader, "fast")?.lagMs).toBe(0);
    expect(progressOf(leader, "slow")?.lagRecords).toBe(1);
    expect(progressOf(leader, "slow")?.lagMs).toBeGreaterThanOrEqual(replicaTimeoutMs);
    proxy.release();
    await expectCaughtUp(leader, slow);
    await untilInSync(leader, 3);
  });

  test("a write whose follower dies is acknowledged when that returns in time", async () => {
    await using leader = await TestNode.leader(quorum(2));
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(proxy.url, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    const end = leader.open().log.endOffset;
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await untilSynced(leader, end + 1);
    proxy.partition();
    await untilInSync(leader, 1);
    await follower.stop();
    expect(() => leader.node.assertWritable("default")).toThrow(NotEnoughReplicasError);
    expect(write.outcome).toBe("waits");
    proxy.restore();
    proxy.release();
    await follower.start();
    await write.settled;
    expect(write.outcome).toBe("acknowledged");
    await expectCaughtUp(leader, follower);
  });

  test("a write whose follower does not return has an unknown outcome, and may yet be committed", async () => {
    const clock = new ManualClock();
    await using leader = await TestNode.leader(quorum(2, clock));
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(proxy.url, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, follower);
    const end = leader.open().log.endOffset;
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await untilSynced(leader, end + 1);
    clock.advance(commitTimeoutMs - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(write.outcome).toBe("waits");
    clock.advance(1);
    await write.settled;
    expect(write.outcome).toBeInstanceOf(CommitTimeoutError);
    expect(await leader.collection().get("k")).toBe(1);
    expect(() => leader.node.assertWritable("default")).toThrow(NotEnoughReplicasError);
    proxy.release();
    await eventually(async () => expect(await leader.collection().get("k")).toBe(2));
    expect(write.outcome).toBeInstanceOf(CommitTimeoutError);
    await expectCaughtUp(leader, follower);
  });

  test("what was acknowledged is there after both have restarted, and committed once they meet", async () => {
    await using leader = await TestNode.leader(quorum(2));
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    await follower.stop();
    await leader.restart();
    await follower.start();
    await untilInSync(leader, 2);
    await expectCaughtUp(leader, follower);
    expect(await leader.collection().get("k")).toBe(1);
  });
});

describe("a write quorum of 3", () => {
  test("needs two followers", async () => {
    await using leader = await TestNode.leader(quorum(3));
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using first = await follow(leader.peerUrl, "f1");
    const refused = (): void => leader.node.assertWritable("default");
    await eventually(() => expect(refused).toThrow("3 nodes, and 2 are in sync"));
    await using second = await follow(proxy.url, "f2");
    await eventually(() => expect(refused).not.toThrow());
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, first);
    await expectCaughtUp(leader, second);
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await eventually(() =>
      expect(first.open().log.acceptedOffset).toBe(leader.open().log.acceptedOffset),
    );
    expect(write.outcome).toBe("waits");
    expect(await first.collection().get("k")).toBe(1);
    proxy.partition();
    await untilInSync(leader, 2);
    await second.stop();
    expect(refused).toThrow("3 nodes, and 2 are in sync");
    expect(write.outcome).toBe("waits");
    proxy.restore();
    proxy.release();
    await second.start();
    await write.settled;
    expect(write.outcome).toBe("acknowledged");
    await expectCaughtUp(leader, first);
    await expectCaughtUp(leader, second);
  });

  test("is not reached by two directories under one node id, which are one node", async () => {
    await using leader = await TestNode.leader(quorum(3));
    await using first = await follow(leader.peerUrl, "same");
    await using second = await follow(leader.peerUrl, "same");
    const stores = [first.store.id, second.store.id].toSorted();
    await eventually(() => {
      const status = leader.node.status();
      const followers = status.role === "leader" ? status.followers : [];
      expect(followers.map(({ storeId }) => storeId).toSorted()).toEqual(stores);
    });
    const refused = (): void => leader.node.assertWritable("default");
    await eventually(() => expect(refused).toThrow("3 nodes, and 2 are in sync"));
    await using third = await follow(leader.peerUrl, "another");
    await eventually(() => expect(refused).not.toThrow());
    await new Write(leader, "k", 1).settled;
    for (const follower of [first, second, third]) await expectCaughtUp(leader, follower);
  });
});

/** What the leader knows of a follower's copy. */
function progressOf(leader: TestNode, nodeId: string): FollowerProgress | undefined {
  return toldOfLed(leader.node)?.followers.find((follower) => follower.nodeId === nodeId);
}

/** How long ago the leader last heard of a follower, by the leader's clock. */
const sincePullMs = (leader: TestNode, nodeId: string): number | undefined =>
  progressOf(leader, nodeId)?.sincePullMs;
