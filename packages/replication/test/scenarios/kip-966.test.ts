import { describe, expect, test } from "vitest";

import { DiskImage } from "./disk-image.ts";
import { expectGolden } from "./golden-story.ts";
import { commitAlone, electAnybody } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const source =
  "https://cwiki.apache.org/confluence/display/KAFKA/KIP-966%3A+Eligible+Leader+Replicas";

const lastReplica: Scenario = {
  title: "KIP-966: the last replica standing loses power",
  about: [
    "Of three replicas one after the other leaves, until the leader is alone in sync. Kafka went on to",
    "commit there what was not flushed; when that node lost power, it came back without it, was elected",
    "as the only one in sync, and the others cut off the only copies.",
    "",
    "Here records are synced before they count, and below the write quorum nothing is committed and",
    "writes are refused. The leader comes back with all that it had, and what was on its way is unknown.",
  ],
  source,
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 2 } },
  script: async (cluster) => {
    await cluster.begin("n3");
    await cluster.answered(cluster.put("n3", "a", "with three"));
    const first = cluster.crash("n1", "power lost");
    await cluster.until("n1 has left", () => cluster.inSync.length === 2);
    await cluster.answered(cluster.put("n3", "b", "with two"));
    const second = cluster.crash("n2", "power lost");
    cluster.put("n3", "c", "on its way");
    await cluster.until("n3 is alone", () => cluster.replica("n3")?.leader?.inSyncCount === 1);
    await cluster.answered(cluster.put("n3", "d", "with one"));
    const restart = cluster.crash("n3", "power lost");
    first();
    second();
    await cluster.pass(2_000);
    await cluster.answered(cluster.put("n2", "e", "without the last one"));
    restart();
    await cluster.leaderOf(2);
  },
};

/** n3, the last one in sync, gets an older copy of its disk. `asOlder` makes it of the right one. */
const lostTail = (asOlder: (disk: DiskImage) => Promise<DiskImage>): Scenario => ({
  title: "KIP-966: the last replica standing comes back without its last records",
  about: [
    "As before, but the disk of the last replica in sync comes back without what was acknowledged last,",
    "as where an older copy of it was brought back. Who trusts its name has the others cut off what they",
    "have, or answers as if nothing had been written.",
    "",
    "Here a log that was closed says how far it reaches at least. One that ends before that is set aside,",
    "and what is begun in its place is another replica: it is not in sync, and is not elected. Nobody is,",
    "until the right disk is back.",
  ],
  source,
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 1 } },
  script: async (cluster) => {
    await cluster.begin("n3");
    await cluster.answered(cluster.put("n3", "a", "with three"));
    for (const node of ["n1", "n2"]) cluster.crash(node, "power lost");
    await cluster.until("n3 is alone", () => cluster.inSync.length === 1);
    await cluster.answered(cluster.put("n3", "b", "with one"));
    const restart = await cluster.stop("n3");
    const right = DiskImage.of(cluster.machine("n3"));
    await (await asOlder(right)).putInto(cluster.machine("n3"));
    cluster.say("n3 gets an older copy of its disk, which ends before b");
    restart();
    await cluster.pass(3_000);
    await cluster.answered(cluster.put("n3", "c", "on the older copy"));
    if (cluster.reignOf("n3") !== undefined) return;
    const restartAgain = await cluster.stop("n3");
    await right.putInto(cluster.machine("n3"));
    cluster.say("n3 gets the right disk back");
    restartAgain();
    await cluster.until("n3 leads", () => cluster.reignOf("n3") !== undefined);
  },
});

describe("KIP-966", () => {
  test("a last replica that loses power has lost nothing that was acknowledged", async () => {
    const { cluster, text, problems } = await play(lastReplica);
    expect(problems).toEqual([]);
    const [, a, b, c, d, e] = cluster.calls;
    expect([a, b].map((call) => call?.answer?.kind)).toEqual(["written", "written"]);
    expect(c?.answer?.kind).toBe("unknown");
    expect(d?.answer).toMatchObject({ kind: "refused", code: "NOT_ENOUGH_REPLICAS" });
    expect(e?.answer).toMatchObject({ kind: "refused", code: "NO_LEADER" });
    await expectGolden("kip-966-last-replica.txt", text);
  });

  test("it would acknowledge alone, if it did not mind the write quorum", async () => {
    await expect(play(lastReplica, { rules: commitAlone() })).rejects.toThrow(
      "invariant 7: n3 commits with 1 in sync of 2",
    );
  });

  test("others would lead without what was acknowledged, if anybody could be elected", async () => {
    await expect(play(lastReplica, { rules: electAnybody() })).rejects.toThrow(
      "the leader is not in sync",
    );
  });

  test("a replica that lacks what it had is another one, and is not elected", async () => {
    const { cluster, text, problems } = await play(lostTail((disk) => disk.withoutLastRecords()));
    expect(problems).toEqual([]);
    const [, , b, c] = cluster.calls;
    expect(b?.answer?.kind).toBe("written");
    expect(c?.answer?.kind).toBe("refused");
    await expectGolden("kip-966-lost-tail.txt", text);
  });

  test("it would lead, and lose what was acknowledged, if its log did not say how far it reaches", async () => {
    const scenario = lostTail(async (disk) => (await disk.withoutLastRecords()).withoutLogEnd());
    const { problems } = await play(scenario, { isChecked: false });
    expect(problems).toContain("put b = with one was acknowledged @3, and is not on n3");
  });
});
