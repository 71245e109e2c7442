import { describe, expect, test } from "vitest";

import { managerHost } from "../../simulator/cluster/manager-wires.ts";

import { expectGolden } from "./golden-story.ts";
import { askOnce } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const fastFailover: Scenario = {
  title: "KIP-279: logs diverge in leader changes that follow each other fast",
  about: [
    "Two nodes lead by turns, each without the other having anything of it: one has epochs 1 and 3, the",
    "other 1, 2 and 4. When the first comes back, the leader does not know its last epoch. One question",
    "for the end of an epoch is not enough then: Kafka's follower fell back on its high watermark, or",
    "kept records that the leader had never had.",
    "",
    "Here the leader names its newest epoch that is not newer, which the follower does not know either:",
    "it cuts all from that number on and asks again, back to the last epoch that both have.",
  ],
  source:
    "https://cwiki.apache.org/confluence/display/KAFKA/KIP-279%3A+Fix+log+divergence+between+leader+and+follower+after+fast+leader+fail+over",
  cluster: { nodes: ["n1", "n2"], settings: { writeQuorum: 1 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "a", "1"));
    const parted = cluster.cut("n1", "n2");
    const firstAlone = cluster.cut("n1", managerHost);
    for (const key of ["x", "y"]) cluster.put("n1", key, "of epoch 1");
    const secondAlone = await cluster.electAlone("n2", 2);
    for (const key of ["x", "y", "z"]) cluster.put("n2", key, "of epoch 2");
    firstAlone();
    const firstAgain = await cluster.electAlone("n1", 3);
    for (const key of ["x", "y", "z"]) cluster.put("n1", key, "of epoch 3");
    secondAlone();
    await cluster.until("n2 leads again", () => cluster.reignOf("n2") === 4);
    await cluster.answered(cluster.put("n2", "b", "of epoch 4"));
    firstAgain();
    await cluster.until("n1 follows", () => cluster.replica("n1")?.follower !== undefined);
    parted();
  },
};

describe("KIP-279", () => {
  test("the search for where logs diverge goes back over several epochs", async () => {
    const { cluster, text, problems } = await play(fastFailover);
    expect(problems).toEqual([]);
    const starts = cluster.replica("n1")?.open.log.epochs.starts.map(({ epoch }) => epoch);
    expect(starts).toEqual([1, 2, 4]);
    // One cut for each question.
    expect(text.match(/n1 .* CUTS OFF/gu)).toHaveLength(2);
    await expectGolden("kip-279-fast-failover.txt", text);
  });

  test("with one question the logs stay different", async () => {
    await expect(play(fastFailover, { rules: askOnce() })).rejects.toThrow(
      "invariant 9: n1 is in sync and has another history",
    );
    const { problems } = await play(fastFailover, { rules: askOnce(), isChecked: false });
    expect(problems).toContain("n1 and n2 have different records @3");
  });
});
