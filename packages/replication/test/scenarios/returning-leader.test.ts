import { describe, expect, test } from "vitest";

import { managerHost } from "../../simulator/cluster/manager-wires.ts";

import { expectGolden } from "./golden-story.ts";
import { commitWithoutWaiting } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const returningLeader: Scenario = {
  title: "An old leader comes back",
  about: [
    "A leader is cut off from all others with writes that nobody else has. Another one is elected, and",
    "acknowledges what it is asked for. When the old one comes back it hears of the newer epoch, follows,",
    "is refused with the log that it has, and cuts off what it alone had. Its clients were told that the",
    "outcome is unknown, as it was.",
  ],
  source: "PROTOCOL.md, rules 1, 7, 9 and 12",
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 2 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "a", "1"));
    await cluster.until("all know it", () => cluster.isConverged);
    const isolated = cluster.cut("n1", "n2", "n3", managerHost);
    const alone = [cluster.put("n1", "x", "1"), cluster.put("n1", "y", "1")];
    await cluster.answered(cluster.put(await cluster.leaderOf(2), "z", "1"));
    for (const call of alone) await cluster.answered(call);
    await cluster.answered(cluster.put("n1", "x", "2"));
    isolated();
  },
};

describe("an old leader that comes back", () => {
  test("cuts off what it alone had, and nobody was told that it is there", async () => {
    const { cluster, text, problems } = await play(returningLeader);
    expect(problems).toEqual([]);
    const [, a, x, y, z, again] = cluster.calls;
    expect([a, z].map((call) => call?.answer?.kind)).toEqual(["written", "written"]);
    expect([x, y, again].map((call) => call?.answer?.kind)).toEqual(Array(3).fill("unknown"));
    await expectGolden("returning-leader.txt", text);
  });

  test("would have told so, if it did not wait for the others", async () => {
    const naive = { rules: commitWithoutWaiting() };
    await expect(play(returningLeader, naive)).rejects.toThrow("invariant 6");
    const { problems } = await play(returningLeader, { ...naive, isChecked: false });
    expect(problems).toContain("put y = 1 was acknowledged @4, and is not on n2");
  });
});
