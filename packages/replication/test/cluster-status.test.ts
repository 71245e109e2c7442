/** What a leader tells of its followers, so that one node can name all. */
import type { FollowerStatus } from "@boxerdb/replication";
import { expect, test } from "vitest";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TestNode } from "./cluster/test-node.ts";

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
  const ofLeader = leader.node.status();
  const ofFollower = follower.node.status();
  if (ofLeader.role !== "leader" || ofFollower.role !== "follower") throw new Error("other roles");
  const served = ofLeader.databases[0]?.served;
  const pulled = ofFollower.databases[0]?.pulled;
  expect(pulled?.failures).toBe(0);
  expect(pulled?.bytes).toBeGreaterThan(1_000);
  expect(served?.bytes).toBe(pulled?.bytes);
  expect(served?.pulls).toBeGreaterThanOrEqual(pulled?.pulls ?? Infinity);
});
