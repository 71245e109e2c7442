/** What nodes tell of themselves, and leaders of their followers, so that one node can name all. */
import type { FollowerStatus } from "@boxerdb/replication";
import { expect, test } from "vitest";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { StartedNodes, writeTo } from "./cluster/started-nodes.ts";
import { TestNode } from "./cluster/test-node.ts";
import { toldOfFollowed, toldOfLed } from "./cluster/told-databases.ts";

const replicaTimeoutMs = 5_000;

function followersOf(leader: TestNode): readonly FollowerStatus[] {
  const status = leader.node.status();
  return status.role === "leader" ? status.followers : [];
}

const follow = (leader: TestNode, nodeId: string): Promise<TestNode> =>
  TestNode.follower(leader.peerUrl, {
    node: { nodeId, advertiseUrl: `http://${nodeId}.example:8080` },
  });

test("a leader knows where clients reach its followers, and remembers those that are gone", async () => {
  const clock = new ManualClock();
  await using leader = await TestNode.leader({ node: { clock, replicaTimeoutMs } });
  expect(followersOf(leader)).toEqual([]);
  await using stays = await follow(leader, "stays");
  await using goes = await follow(leader, "goes");
  const of = (node: TestNode, nodeId: string, connected: boolean) => ({
    nodeId,
    storeId: node.store.id,
    url: `http://${nodeId}.example:8080`,
    connected,
    sinceContactMs: expect.any(Number),
  });
  const expected = [of(stays, "stays", true), of(goes, "goes", true)];
  await eventually(() => {
    expect(followersOf(leader)).toHaveLength(2);
    expect(followersOf(leader)).toEqual(expect.arrayContaining(expected));
  });
  const gone = of(goes, "goes", false);
  await goes.stop();
  clock.advance(2 * replicaTimeoutMs);
  await eventually(() => expect(followersOf(leader)).toContainEqual(gone));
  await eventually(() => expect(followersOf(leader)).toContainEqual(of(stays, "stays", true)));
  await goes.start();
  await eventually(() => expect(followersOf(leader)).toContainEqual({ ...gone, connected: true }));
});

test("both sides count pulls and what they carry", async () => {
  await using leader = await TestNode.leader();
  await leader.collection().put("k", "v".repeat(1_000));
  await using follower = await follow(leader, "f1");
  await expectCaughtUp(leader, follower);
  const served = toldOfLed(leader.node)?.served;
  const pulled = toldOfFollowed(follower.node)?.pulled;
  expect(pulled?.failures).toBe(0);
  expect(pulled?.bytes).toBeGreaterThan(1_000);
  expect(served?.bytes).toBe(pulled?.bytes);
  expect(served?.pulls).toBeGreaterThanOrEqual(pulled?.pulls ?? Infinity);
});

test("a node that leads one database and follows another tells of each by its role", async () => {
  await using nodes = await StartedNodes.create();
  const n1 = await nodes.start("n1", { settings: { writeQuorum: 2 } });
  const n2 = await nodes.start("n2", { settings: { writeQuorum: 2 } });
  await nodes.createDatabases(["a", "b"], n1, 2);
  await n1.node.handOver("b", "n2");
  await writeTo(n1, "a", 1);
  await writeTo(n2, "b", 1);
  const led = (follower: string, name: string) => ({
    role: "leader",
    name,
    epoch: nodes.state(name)?.epoch,
    inSync: 2,
    served: { pulls: expect.any(Number), bytes: expect.any(Number) },
    followers: [{ nodeId: follower, membership: "in-sync", lagRecords: 0, reason: null }],
  });
  const followed = (leader: string, name: string) => ({
    role: "follower",
    name,
    epoch: nodes.state(name)?.epoch,
    leader: { nodeId: leader, url: `http://${leader}.example` },
    connected: true,
    lagRecords: 0,
    lagMs: 0,
    resync: null,
    isInSync: true,
    halted: null,
  });
  await eventually(() => {
    const ofBoth = [n1, n2].map(({ node }) => node.status());
    expect(ofBoth).toMatchObject([
      {
        role: "leader",
        writeQuorum: 2,
        followers: [{ nodeId: "n2", url: "http://n2.example" }],
        databases: [led("n2", "a"), followed("n2", "b")],
      },
      {
        role: "leader",
        followers: [{ nodeId: "n1", url: "http://n1.example" }],
        databases: [followed("n1", "a"), led("n1", "b")],
      },
    ]);
    // Both have the same log of each, and say where it ends.
    const [ends, others] = ofBoth.map(({ databases }) => databases.map((one) => one.endOffset));
    expect(ends).toEqual(others);
    expect(ends?.every((end) => (end ?? 0) > 1)).toBe(true);
  });
});

test("a database that nobody leads is told to be nobody's", async () => {
  await using nodes = await StartedNodes.create();
  const n1 = await nodes.start("n1");
  const n2 = await nodes.start("n2");
  await nodes.createDatabases(["app"], n1, 2);
  // What the first leaves to the second, that does not take up, as it is about to stop as well.
  await n2.node.retire();
  await n1.node.retire();
  const none = { role: "none", name: "app", leader: null, connected: false, lagRecords: null };
  await eventually(() => {
    const epoch = nodes.state("app")?.epoch;
    expect(n1.node.status()).toMatchObject({
      role: "follower",
      leaderUrl: null,
      databases: [{ ...none, epoch, isInSync: true }],
    });
    // It declined, and still has all.
    expect(n2.node.status()).toMatchObject({ databases: [{ ...none, epoch, isInSync: true }] });
  });
});
