import { InvalidNodeOptionError } from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { contentOf, expectCaughtUp, rawRecords } from "./cluster/content.ts";
import { copyDirectory, loseDirectory, loseRecordsAfter } from "./cluster/damage.ts";
import { eventually } from "./cluster/eventually.ts";
import { TestNode } from "./cluster/test-node.ts";
import { toldOfFollowed } from "./cluster/told-databases.ts";

/** Waits until a follower follows its leader no more; resolves to why. */
const untilHalted = (follower: TestNode): Promise<string> =>
  eventually(() => {
    const status = follower.node.status();
    const halted = status.role === "follower" ? status.halted : null;
    if (halted === null) throw new Error("it has not halted yet");
    return halted;
  });

/** As `untilHalted`, of one database. */
const untilDatabaseHalted = (follower: TestNode, name = "default"): Promise<string> =>
  eventually(() => {
    const halted = toldOfFollowed(follower.node, name)?.halted ?? null;
    if (halted === null) throw new Error("it has not halted yet");
    return halted;
  });

describe("a leader whose data directory was emptied", () => {
  test.each(["running", "restarted"])(
    "stops a follower that is %s, which keeps all it has",
    async (how) => {
      await using leader = await TestNode.leader();
      await using follower = await TestNode.follower(leader.peerUrl);
      await leader.collection().put("k", 1);
      await leader.collection("other").put("k", 1);
      await expectCaughtUp(leader, follower);
      const content = await contentOf(follower.store);
      if (how === "restarted") await follower.stop();
      await leader.stop();
      await loseDirectory(leader);
      await leader.start();
      await leader.collection().put("k", 2);
      if (how === "restarted") await follower.start();
      expect(await untilHalted(follower)).toMatch(
        /is a copy of the databases of cluster .* give the leader its data directory back/,
      );
      expect(await contentOf(follower.store)).toEqual(content);
      expect(follower.node.readiness()).toMatchObject({ ready: false });
      expect(follower.log.count("this node takes no part in the cluster")).toBe(1);
      // It does not go on with single databases either.
      await eventually(() =>
        expect(leader.node.status()).toMatchObject({ databases: [{ inSync: 1 }] }),
      );
    },
  );
});

describe("a follower that is started in its leader's place", () => {
  /** Has a follower lead where its leader did. */
  const promote = (promoted: TestNode, leader: TestNode): Promise<void> =>
    promoted.start({ node: { role: "leader", peerPort: Number(new URL(leader.peerUrl).port) } });

  test("is followed by the others where it has all that is committed", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f1" } });
    await using promoted = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f2" } });
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await expectCaughtUp(leader, promoted);
    await leader.stop();
    await promoted.stop();
    await promote(promoted, leader);
    await promoted.collection().put("k", 2);
    await expectCaughtUp(promoted, follower);
    expect(await follower.collection().get("k")).toBe(2);
    await eventually(() =>
      expect(promoted.node.status()).toMatchObject({ databases: [{ inSync: 2 }] }),
    );
  });

  test("stops the others where it lacks what is committed on them", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f1" } });
    await using promoted = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f2" } });
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await expectCaughtUp(leader, promoted);
    await promoted.stop();
    await leader.collection().put("k", 2);
    await expectCaughtUp(leader, follower);
    const content = await contentOf(follower.store);
    await leader.stop();
    await promote(promoted, leader);
    await promoted.collection().put("k", 3);
    expect(await untilDatabaseHalted(follower)).toContain(
      "records from 2 to 3 were committed here and are not on the leader",
    );
    expect(await contentOf(follower.store)).toEqual(content);
    expect(follower.node.readiness()).toMatchObject({ ready: false });
    expect(promoted.node.status()).toMatchObject({ databases: [{ inSync: 1 }] });
  });
});

describe("a follower", () => {
  test("that has databases of its own is not made a copy", async () => {
    await using leader = await TestNode.leader();
    await leader.collection("theirs").put("k", 1);
    await using stranger = await TestNode.leader();
    await stranger.collection("mine").put("k", 1);
    const content = await contentOf(stranger.store);
    await stranger.stop();
    await stranger.start({ node: { role: "follower", nodeId: "f1", leaderUrl: leader.peerUrl } });
    expect(await untilHalted(stranger)).toMatch(
      /holds databases that were not copied from this cluster: start the node on an empty data/,
    );
    expect(await contentOf(stranger.store)).toEqual(content);
  });

  test("that was a copy of another leader stays that", async () => {
    await using first = await TestNode.leader();
    await using second = await TestNode.leader();
    await using follower = await TestNode.follower(first.peerUrl);
    await first.collection().put("k", 1);
    await expectCaughtUp(first, follower);
    await follower.restart({ node: { leaderUrl: second.peerUrl } });
    expect(await untilHalted(follower)).toContain("is a copy of the databases of cluster");
    expect(await follower.collection().get("k")).toBe(1);
    await follower.restart();
    await first.collection().put("k", 2);
    await expectCaughtUp(first, follower);
  });

  test("that has a copy of the leader's own data directory is told so", async () => {
    await using leader = await TestNode.leader();
    await leader.collection().put("k", 1);
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.stop();
    await follower.stop();
    await copyDirectory(leader, follower);
    await leader.start();
    await follower.start();
    expect(await untilHalted(follower)).toContain("has the data directory that this node has");
    expect(await follower.collection().get("k")).toBe(1);
  });

  test("that has the name of its leader is told so", async () => {
    await using leader = await TestNode.leader();
    await leader.collection().put("k", 1);
    await using follower = await TestNode.follower(leader.peerUrl, { node: { nodeId: "leader" } });
    expect(await untilHalted(follower)).toContain("has the name of this node, leader");
    await leader.collection().put("k", 2);
    expect(leader.node.status()).toMatchObject({ databases: [{ inSync: 1, followers: [] }] });
  });

  test("with a leader's copy of its data directory is another replica", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f1" } });
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await using twin = await TestNode.follower(leader.peerUrl, { node: { nodeId: "f2" } });
    await twin.stop();
    await follower.stop();
    await copyDirectory(follower, twin);
    await follower.start();
    await twin.start();
    await leader.collection().put("k", 2);
    await expectCaughtUp(leader, follower);
    await expectCaughtUp(leader, twin);
  });

  test("needs a peer URL, and any node a write quorum", async () => {
    const follower = { node: { role: "follower" } } as const;
    await expect(TestNode.leader(follower)).rejects.toThrow(InvalidNodeOptionError);
    for (const writeQuorum of [0, -1, 1.5, Number.NaN, Infinity]) {
      await expect(TestNode.leader({ node: { writeQuorum } })).rejects.toThrow(
        "the write quorum is a whole number from 1 on",
      );
    }
  });

  test("whose directory another process may have taken halts, and answers reads", async () => {
    await using leader = await TestNode.leader({ node: { replicaTimeoutMs: 500 } });
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    follower.store.failAll(new Error("the lock was taken over"));
    await leader.collection().put("k", 2);
    expect(await untilDatabaseHalted(follower)).toContain("writing to the log failed on this node");
    expect(await follower.collection().get("k")).toBe(1);
    await follower.restart();
    await expectCaughtUp(leader, follower);
  });
});

describe("a leader that has lost the end of its log", () => {
  /** A leader at which the follower was to offset 21, and which then has only 0 to 10. */
  async function losing(leader: TestNode, follower: TestNode): Promise<void> {
    for (let index = 1; index <= 20; index++) await leader.collection().put(`key-${index}`, "old");
    await expectCaughtUp(leader, follower);
    await follower.stop();
    await leader.stop();
    await loseRecordsAfter(leader, 10);
  }

  test.each([
    { what: "and is still shorter", writes: 1 },
    { what: "and has written as much since", writes: 9 },
    { what: "and has written more since", writes: 50 },
  ])("$what stops its followers", async ({ writes }) => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await losing(leader, follower);
    await leader.start();
    for (let index = 0; index < writes; index++)
      await leader.collection().put(`new-${index}`, "new");
    await follower.start();
    const before = await rawRecords(follower.directory);
    const reason = await untilDatabaseHalted(follower);
    expect(reason).toContain(
      "the follower's log (epoch 1 before offset 21) is not a part of the leader's",
    );
    expect(reason).toContain("epoch 1 ends at offset 11");
    expect(reason).toMatch(/records from 11 to \d+ were committed here and are not on the leader/);
    expect(reason).toContain("move its data directory away");
    expect(await rawRecords(follower.directory)).toEqual(before);
    expect(await follower.collection().get("key-20")).toBe("old");
    expect(await follower.collection().has("new-0")).toBe(false);
    expect(follower.node.readiness()).toMatchObject({ ready: false });
    // The leader counts it for nothing.
    expect(leader.node.status()).toMatchObject({ databases: [{ inSync: 1, followers: [] }] });
  });

  test("and reigns of which a follower knows stops that", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    for (const value of [1, 2, 3]) {
      await leader.collection().put("k", value);
      await expectCaughtUp(leader, follower);
      await leader.restart();
    }
    await expectCaughtUp(leader, follower);
    expect(follower.open().log.epochs.last).toBe(4);
    await leader.stop();
    await loseRecordsAfter(leader, 1); // All but the first reign, so that the next one is the second.
    await leader.start();
    expect(await untilDatabaseHalted(follower)).toContain(
      "the follower's log (epoch 4 before offset 7) is not a part of the leader's, in which epoch 2 " +
        "ends at offset 3; records from 2 to 7 were committed here and are not on the leader",
    );
    expect(await follower.collection().get("k")).toBe(3);
    expect(follower.open().log.epochs.last).toBe(4);
  });

  test("with the last reign, whose number it gives to the next, stops its followers", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection().put("k", 1);
    await leader.restart();
    await leader.collection().put("k", "of the lost reign");
    await expectCaughtUp(leader, follower);
    await follower.stop();
    await leader.stop();
    await loseRecordsAfter(leader, 1);
    await leader.start();
    for (let value = 0; value < 5; value++) await leader.collection().put("k", value);
    await follower.start();
    expect(await untilDatabaseHalted(follower)).toContain(
      "the follower's log (epoch 2 before offset 4) is not a part of the leader's, " +
        "in which epoch 2 ends at offset 8; records from 2 to 4 were committed here",
    );
    expect(await follower.collection().get("k")).toBe("of the lost reign");
  });

  test("does not take other databases down with it", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection("other").put("k", 1);
    await losing(leader, follower);
    await leader.start();
    await follower.start();
    await untilDatabaseHalted(follower);
    await leader.collection("other").put("k", 2);
    await eventually(async () => expect(await follower.collection("other").get("k")).toBe(2));
  });

  test("is followed again by a follower that starts anew", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await losing(leader, follower);
    await leader.start();
    await follower.start();
    await untilDatabaseHalted(follower);
    await follower.stop();
    await loseDirectory(follower);
    await follower.start();
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
  });
});
