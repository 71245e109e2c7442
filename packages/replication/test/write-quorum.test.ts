import { CommitTimeoutError, NotEnoughReplicasError } from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

const replicaTimeoutMs = 5_000;
const commitTimeoutMs = 10_000;

/** A leader on whose clock time passes only when a test lets it. */
async function quorumLeader(
  writeQuorum: number,
): Promise<{ leader: TestNode; clock: ManualClock }> {
  const clock = new ManualClock();
  const node = { writeQuorum, clock, replicaTimeoutMs, commitTimeoutMs };
  return { leader: await TestNode.leader({ node }), clock };
}

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
    this.settled = leader.node.committed(leader.collection().put(key, value)).then(
      () => {
        this.outcome = "acknowledged";
      },
      (error: Error) => {
        this.outcome = error;
      },
    );
  }
}

/** Waits until all that was handed to the leader is synced there. */
const untilSynced = (leader: TestNode, endOffset: number): Promise<void> =>
  eventually(() => expect(leader.open().log.acceptedOffset).toBe(endOffset));

describe("a write quorum of 2", () => {
  test("refuses writes until a follower is there", async () => {
    const { leader } = await quorumLeader(2);
    await using _leader = leader;
    const refused = (): void => leader.node.assertWritable("default");
    expect(refused).toThrow(NotEnoughReplicasError);
    expect(refused).toThrow("2 nodes, and 1 is in sync");
    await using follower = await follow(leader.peerUrl, "f1");
    await eventually(() => expect(refused).not.toThrow());
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, follower);
  });

  test("acknowledges what two nodes have synced, and not before", async () => {
    const { leader } = await quorumLeader(2);
    await using _leader = leader;
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
    const { leader } = await quorumLeader(2);
    await using _leader = leader;
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

  test("one follower that is held back does not stop what another has, once it is late", async () => {
    const { leader, clock } = await quorumLeader(2);
    await using _leader = leader;
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
    for (let step = 0; write.outcome === "waits" && step < 100; step++) {
      const pulls = await lastPullOf(leader, "fast");
      clock.advance(replicaTimeoutMs / 3);
      await eventually(async () => expect(await lastPullOf(leader, "fast")).not.toBe(pulls));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(write.outcome).toBe("acknowledged");
    expect(leader.log.count("follower is late and no longer in sync")).toBe(1);
    proxy.release();
    await expectCaughtUp(leader, slow);
    await untilInSync(leader, 3);
  });

  test("a write whose follower dies is acknowledged when that returns in time", async () => {
    const { leader } = await quorumLeader(2);
    await using _leader = leader;
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(proxy.url, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await untilSynced(leader, leader.open().log.endOffset);
    await follower.stop();
    proxy.release();
    await untilInSync(leader, 1);
    expect(() => leader.node.assertWritable("default")).toThrow(NotEnoughReplicasError);
    expect(write.outcome).toBe("waits");
    await follower.start();
    await write.settled;
    expect(write.outcome).toBe("acknowledged");
    await expectCaughtUp(leader, follower);
  });

  test("a write whose follower does not return has an unknown outcome, and may yet be committed", async () => {
    const { leader, clock } = await quorumLeader(2);
    await using _leader = leader;
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(proxy.url, "f1");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, follower);
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await untilSynced(leader, leader.open().log.endOffset);
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
    const { leader } = await quorumLeader(2);
    await using _leader = leader;
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
    const { leader } = await quorumLeader(3);
    await using _leader = leader;
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using first = await follow(leader.peerUrl, "f1");
    const refused = (): void => leader.node.assertWritable("default");
    await eventually(() => expect(refused).toThrow("3 nodes, and 2 are in sync"));
    await using second = await follow(proxy.url, "f2");
    await eventually(() => expect(refused).not.toThrow());
    await new Write(leader, "k", 1).settled;
    await untilInSync(leader, 3);
    proxy.hold();
    const write = new Write(leader, "k", 2);
    await eventually(() =>
      expect(first.open().log.acceptedOffset).toBe(leader.open().log.acceptedOffset),
    );
    expect(write.outcome).toBe("waits");
    expect(await first.collection().get("k")).toBe(1);
    await second.stop();
    proxy.release();
    await untilInSync(leader, 2);
    expect(refused).toThrow("3 nodes, and 2 are in sync");
    expect(write.outcome).toBe("waits");
    await second.start();
    await write.settled;
    expect(write.outcome).toBe("acknowledged");
    await expectCaughtUp(leader, first);
    await expectCaughtUp(leader, second);
  });

  test("two directories under one node id are two replicas", async () => {
    const { leader } = await quorumLeader(3);
    await using _leader = leader;
    await using first = await follow(leader.peerUrl, "same");
    await using second = await follow(leader.peerUrl, "same");
    await eventually(() => leader.node.assertWritable("default"));
    await new Write(leader, "k", 1).settled;
    await expectCaughtUp(leader, first);
    await expectCaughtUp(leader, second);
    expect(leader.node.status()).toMatchObject({
      databases: [{ inSync: 3, followers: [{ nodeId: "same" }, { nodeId: "same" }] }],
    });
  });
});

/** When the leader last heard of a follower, in milliseconds of its clock; waits for it to be known. */
async function lastPullOf(leader: TestNode, nodeId: string): Promise<number> {
  return eventually(() => {
    const status = leader.node.status();
    const [database] = status.role === "leader" ? status.databases : [];
    const follower = database?.followers.find((candidate) => candidate.nodeId === nodeId);
    if (follower === undefined) throw new Error(`${nodeId} has not pulled yet`);
    return follower.sincePullMs;
  });
}
