import { describe, expect, test } from "vitest";

import { expectGolden } from "./golden-story.ts";
import { compareOffsetsOnly, cutAtHighWatermark } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const source =
  "https://cwiki.apache.org/confluence/display/KAFKA/KIP-101+-+Alter+Replication+Protocol+to+use+Leader+Epoch+rather+than+High+Watermark+for+Truncation";

const restartedFollower: Scenario = {
  title: "KIP-101, first scenario: a follower restarts, and then its leader fails",
  about: [
    "A follower always hears of the high watermark late, so what is committed may lie above the one it",
    "knows. In Kafka it cut its log there when it restarted; when the leader failed before the follower",
    "had fetched the rest again, it was elected, and a committed message was gone on all nodes.",
    "",
    "Here a log is cut where it diverges from the leader's and nowhere else. So that there is something",
    "to cut, n2 also has a record that was never committed: it goes, and what was committed below stays.",
  ],
  source,
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 2 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    const committed = cluster.put("n1", "m", "committed");
    await cluster.until("n3 has m", () => cluster.endOf("n3") === 3);
    const unheard = cluster.cutOneWay("n3", "n1");
    cluster.cutOneWay("n1", "n3");
    cluster.put("n1", "u", "uncommitted");
    await cluster.until("n2 has u", () => cluster.endOf("n2") === 4);
    const restart = cluster.crash("n2", "power lost");
    unheard();
    await cluster.answered(committed);
    const restartFirst = cluster.crash("n1", "power lost");
    await cluster.electAlone("n3", 2);
    restart();
    await cluster.until("n2 follows", () => cluster.endOf("n2") > 0);
    await cluster.until("n2 has cut its log", () => cluster.endOf("n2") < 4);
    cluster.say("before n2 can pull anything, its leader fails too");
    cluster.crash("n3", "power lost");
    await cluster.until("n2 leads", () => cluster.reignOf("n2") === 3);
    restartFirst();
    await cluster.answered(cluster.put("n2", "after", "1"));
  },
};

const powerLoss: Scenario = {
  title: "KIP-101, second scenario: logs diverge after both nodes have lost power",
  about: [
    "Two nodes lose power with logs of different length. The one that comes back first leads, and writes",
    "something else at the offset where the other has a record of its own. In Kafka offsets alone were",
    "compared, so the two went on with different records at one offset, for good.",
    "",
    "Here every reign begins with a record of its own, and a pull names the reign of its last record.",
  ],
  source,
  cluster: { nodes: ["n1", "n2"], settings: { writeQuorum: 1 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "m", "1"));
    const parted = cluster.cut("n1", "n2");
    cluster.put("n1", "x", "of n1");
    cluster.put("n1", "y", "of n1");
    await cluster.until("n1 has both", () => cluster.endOf("n1") === 5);
    const first = cluster.crash("n1", "power lost");
    const second = cluster.crash("n2", "power lost");
    parted();
    second();
    await cluster.answered(cluster.put(await cluster.leaderOf(2), "x", "of n2"));
    first();
    await cluster.until("n1 is back", () => cluster.inSync.length === 2);
    await cluster.answered(cluster.put("n2", "z", "of n2"));
  },
};

describe("KIP-101", () => {
  test("a committed message outlasts a restart of the follower and the failure of its leaders", async () => {
    const { cluster, text, problems } = await play(restartedFollower);
    expect(problems).toEqual([]);
    const [, committed, uncommitted, after] = cluster.calls;
    expect(committed?.acknowledgedOffset).toBe(2);
    expect(uncommitted?.answer?.kind).toBe("unknown");
    expect(after?.answer?.kind).toBe("written");
    await expectGolden("kip-101-restarted-follower.txt", text);
  });

  test("it would not, if logs were cut at the high watermark", async () => {
    await expect(play(restartedFollower, { rules: cutAtHighWatermark() })).rejects.toThrow(
      "invariant 6: n2 is in sync with all below 2, committed is all below 3",
    );
    const { problems } = await play(restartedFollower, {
      rules: cutAtHighWatermark(),
      isChecked: false,
    });
    expect(problems).toEqual(
      ["n1", "n2", "n3"].map(
        (node) => `put m = committed was acknowledged @2, and is not on ${node}`,
      ),
    );
  });

  test("logs that have diverged by a loss of power become one", async () => {
    const { cluster, text, problems } = await play(powerLoss);
    expect(problems).toEqual([]);
    expect(cluster.calls.map(({ answer }) => answer?.kind)).toEqual([
      "written",
      "written",
      "unknown",
      "unknown",
      "written",
      "written",
    ]);
    await expectGolden("kip-101-power-loss.txt", text);
  });

  test("they would stay apart, if offsets alone were compared", async () => {
    await expect(play(powerLoss, { rules: compareOffsetsOnly() })).rejects.toThrow(
      "invariant 9: n1 is in sync and has another history",
    );
    const { problems } = await play(powerLoss, { rules: compareOffsetsOnly(), isChecked: false });
    expect(problems).toContain("n1 and n2 have different records @3");
  });
});
