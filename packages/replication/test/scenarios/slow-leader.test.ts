import { describe, expect, test } from "vitest";

import { managerHost } from "../../simulator/cluster/manager-wires.ts";

import { expectGolden } from "./golden-story.ts";
import { commitWithoutOwnDisk } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const slowLeader: Scenario = {
  title: "A leader loses power while only its followers have synced a record",
  about: [
    "Records go out while they are on their way to the leader's own disk. Here that disk is slow: both",
    "followers have x synced, and n1 has not, when it loses power. It is still in sync and comes to lead",
    "again, without x, at whose offset its new reign begins. So both followers cut x off.",
    "",
    "Nobody was told that x is there, as the leader waits for its own disk, too.",
  ],
  source: "PROTOCOL.md, rules 6 and 9; Ongaro, Consensus: Bridging Theory and Practice, 10.2.1",
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 2 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "a", "1"));
    await cluster.until("all know it", () => cluster.isConverged);
    const healthy = cluster.slowDisk("n1", 1_000);
    cluster.put("n1", "x", "1");
    await cluster.until("both followers have x", () => {
      return cluster.endOf("n2") === 4 && cluster.endOf("n3") === 4;
    });
    await cluster.pass(2);
    const unaware = cluster.cut(managerHost, "n2", "n3");
    const restart = cluster.crash("n1", "power lost");
    healthy();
    restart();
    await cluster.until("n1 leads again", () => cluster.reignOf("n1") === 2);
    unaware();
    await cluster.until("all have the same", () => cluster.isConverged);
    await cluster.read("n2", "x");
  },
};

describe("a leader whose own disk is the last", () => {
  test("commits nothing before that, so what it loses was never acknowledged", async () => {
    const { cluster, text, problems } = await play(slowLeader);
    expect(problems).toEqual([]);
    expect(cluster.calls.map(({ answer }) => answer?.kind)).toEqual([
      "written",
      "written",
      "unknown",
    ]);
    expect(cluster.reads).toEqual(["absent"]);
    await expectGolden("slow-leader.txt", text);
  });

  test("would take back what was shown, if it did not wait for its own disk", async () => {
    const naive = { rules: commitWithoutOwnDisk() };
    await expect(play(slowLeader, naive)).rejects.toThrow(/^invariant/u);
    const { text } = await play(slowLeader, { ...naive, isChecked: false });
    expect(text).toContain("were committed here");
  });
});
