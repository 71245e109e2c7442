import { describe, expect, test } from "vitest";

import { databaseName } from "./database-name.ts";
import { expectGolden } from "./golden-story.ts";
import { forgetPurgeFloor } from "./naive-rules.ts";
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
    await cluster.answered(cluster.delete("n1", "early"));
    cluster.say("n1 takes other writes, and time goes by, until nobody can miss the tombstone");
    await cluster.quietly(async () => {
      for (let count = 0; count < 40; count += 1) {
        await cluster.answered(cluster.put("n1", `key ${count % 4}`, `${count} ${long}`));
      }
      await cluster.pass(8_000);
    });
    await compact(cluster, "n1");
    parted();
    await cluster.until("n3 copies anew, or is in sync", () => {
      return cluster.replica("n3")?.copy !== undefined || cluster.isConverged;
    });
    await cluster.read("n3", "early");
    await cluster.until("n3 is in sync", () => cluster.isConverged);
    await cluster.read("n3", "early");
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
