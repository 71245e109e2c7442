import { describe, expect, test } from "vitest";

import { databaseName } from "./database-name.ts";
import { expectGolden } from "./golden-story.ts";
import { forgetInheritedPurgeFloor, forgetPurgeFloor } from "./naive-rules.ts";
import type { ScenarioCluster } from "./scenario-cluster.ts";
import { play, type Scenario } from "./scenario.ts";

const long = "x".repeat(1_000);

/** Has all segments rewritten that are worth it, without what is no longer needed. */
async function compact(cluster: ScenarioCluster, node: string): Promise<void> {
  let isDone = false;
  void cluster.world.running
    .get(node)
    ?.store.compact({ database: databaseName })
    .then(() => (isDone = true));
  await cluster.until("it is compacted", () => isDone);
  const floor = cluster.replica(node)?.open.log.purgeFloor ?? 0;
  cluster.say(`${node} has compacted its log: tombstones below @${floor} are gone`);
}

/** Has the leader delete a key, and drop the tombstone when it may. */
async function deleteAndCompact(cluster: ScenarioCluster, leader: string): Promise<void> {
  await cluster.answered(cluster.delete(leader, "early"));
  cluster.say(
    `${leader} takes other writes, and time goes by, until nobody can miss the tombstone`,
  );
  await cluster.quietly(async () => {
    for (let count = 0; count < 40; count += 1) {
      await cluster.answered(cluster.put(leader, `key ${count % 4}`, `${count} ${long}`));
    }
    await cluster.pass(8_000);
  });
  await compact(cluster, leader);
}

/** Reads the key at a follower that comes back: when it begins to copy anew, if it does, and when it has all. */
async function readUntilConverged(cluster: ScenarioCluster, follower: string): Promise<void> {
  await cluster.until(`${follower} copies anew, or is in sync`, () => {
    return cluster.replica(follower)?.copy !== undefined || cluster.isConverged;
  });
  await cluster.read(follower, "early");
  await cluster.until(`${follower} is in sync`, () => cluster.isConverged);
  await cluster.read(follower, "early");
}

const longAbsence: Scenario = {
  title: "A follower comes back below the purge floor",
  about: [
    "A follower is away while a key is deleted, for longer than tombstones are kept. Compaction drops the",
    "tombstone, so that nothing in the leader's log says any more that the key was deleted. A follower",
    "that went on where it was would show the key for ever, and have it rise from the dead as a leader.",
    "",
    "Here the leader knows below which offset tombstones are gone, and refuses a follower that comes from",
    "below. It copies all anew, beside its old copy, which answers reads until the new one is whole.",
  ],
  source: "PROTOCOL.md, rule 11",
  cluster: {
    nodes: ["n1", "n2", "n3"],
    settings: { writeQuorum: 2, resumeMs: 5_000, replicaTimeoutMs: 2_000, pullBytes: 2_000 },
    segmentBytes: 8_192,
  },
  isCompacted: true,
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "early", "1"));
    await cluster.until("all have it", () => cluster.isConverged);
    const parted = cluster.cut("n3", "n1", "n2");
    await cluster.until("n3 has left", () => cluster.inSync.length === 2);
    await deleteAndCompact(cluster, "n1");
    parted();
    await readUntilConverged(cluster, "n3");
  },
};

const newCopyLeads: Scenario = {
  title: "A new copy comes to lead, and a follower comes back",
  about: [
    "As in the story of the follower below the purge floor: a follower is away while a key is deleted, and",
    "compaction drops the tombstone. But now another replica, whose disk was lost, is copied anew from what",
    "compaction has left, and comes to lead. Nothing has been compacted in its own log, which lacks the",
    "tombstone nevertheless.",
    "",
    "So a leader tells with its records below which offset tombstones may be missing, and a copy that begins",
    "below notes it on disk before it has them. As a leader it refuses who comes from below.",
  ],
  source: "PROTOCOL.md, rule 11; the simulator has found it",
  cluster: longAbsence.cluster,
  isCompacted: true,
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "early", "1"));
    await cluster.until("all have it", () => cluster.isConverged);
    const parted = cluster.cut("n3", "n1", "n2");
    await cluster.until("n3 has left", () => cluster.inSync.length === 2);
    await deleteAndCompact(cluster, "n1");
    const start = cluster.loseDisk("n2");
    await cluster.until("n2 has left", () => cluster.inSync.length === 1);
    start();
    await cluster.until("n2 is in sync again", () => cluster.inSync.length === 2);
    await cluster.handOver("n1", "n2");
    parted();
    await readUntilConverged(cluster, "n3");
  },
};

describe("a follower below the purge floor", () => {
  test("copies all anew: what was deleted stays deleted", async () => {
    const { cluster, text, problems } = await play(longAbsence);
    expect(problems).toEqual([]);
    expect(cluster.reads).toEqual(["1 @2", "absent"]);
    await expectGolden("purge-floor.txt", text);
  });

  test("would show what was deleted, if it went on where it was", async () => {
    const { cluster, problems } = await play(longAbsence, { rules: forgetPurgeFloor() });
    expect(cluster.reads).toEqual(["1 @2", "1 @2"]);
    expect(problems).toContain("delete early was acknowledged @3, and is not on n3");
  });
});

describe("a new copy that leads", () => {
  test("knows what it lacks: a follower below that copies all anew", async () => {
    const { cluster, text, problems } = await play(newCopyLeads);
    expect(problems).toEqual([]);
    expect(cluster.reads).toEqual(["1 @2", "absent"]);
    await expectGolden("purge-floor-new-copy.txt", text);
  });

  test("would bring back what was deleted, if it did not", async () => {
    const { cluster, problems } = await play(newCopyLeads, { rules: forgetInheritedPurgeFloor() });
    expect(cluster.reads).toEqual(["1 @2", "1 @2"]);
    expect(problems).toContain("delete early was acknowledged @3, and is not on n3");
  });
});
