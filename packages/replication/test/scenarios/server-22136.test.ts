import { describe, expect, test } from "vitest";

import { managerHost } from "../../simulator/cluster/manager-wires.ts";

import { expectGolden } from "./golden-story.ts";
import { commitByMajorityOfThree, countAnyEpoch } from "./naive-rules.ts";
import { play, type Scenario } from "./scenario.ts";

const source = "https://jira.mongodb.org/browse/SERVER-22136";

const staleLeader: Scenario = {
  title: "SERVER-22136: a voter reports its progress to the old primary",
  about: [
    "In MongoDB a node that had voted for a new primary could still fetch from the old one and report its",
    "progress there. So the old primary saw a majority, and committed what was rolled back later. It was",
    "found by a model (https://github.com/visualzhou/mongo-repl-tla), and mended by terms in the reports.",
    "",
    "Here n3 is elected in epoch 2 while n2, which has not heard of it, still copies from n1 in epoch 1.",
    "n1 has a majority for x, and that is not enough: it waits for all that may be elected, n3 among",
    "them, and cannot be rid of n3 without asking the manager, who would tell of epoch 2.",
  ],
  source,
  cluster: { nodes: ["n1", "n2", "n3"], settings: { writeQuorum: 2 } },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "a", "1"));
    await cluster.until("all know it", () => cluster.isConverged);
    cluster.cut("n1", managerHost, "n3");
    const unaware = cluster.cutOneWay(managerHost, "n2");
    await cluster.until("n3 leads", () => cluster.reignOf("n3") === 2);
    cluster.put("n1", "x", "1");
    await cluster.until("n2 has x", () => cluster.endOf("n2") === 4);
    await cluster.pass(500);
    unaware();
    await cluster.answered(cluster.put("n3", "y", "1"));
  },
};

const lateReport: Scenario = {
  title: "SERVER-22136, by a pull that was under way for long",
  about: [
    "The same mistake with the times moved: n2 says in epoch 1 that it has x, and its pull is held up on",
    "the way. In epoch 2 n3 leads, and n2 cuts x off. In epoch 3 n1 leads again, which has x still, and",
    "gets the pull then. If it counted, x would be committed, and n2, which is in sync, does not have it.",
    "",
    "Here a pull names its epoch, and one of another epoch counts for nothing.",
  ],
  source,
  cluster: {
    nodes: ["n1", "n2", "n3"],
    settings: { writeQuorum: 2, replicaTimeoutMs: 20_000, commitTimeoutMs: 20_000 },
  },
  script: async (cluster) => {
    await cluster.begin("n1");
    await cluster.answered(cluster.put("n1", "a", "1"));
    await cluster.until("all know it", () => cluster.isConverged);
    cluster.cut("n1", "n3");
    cluster.put("n1", "x", "1");
    await cluster.until("n2 has x", () => cluster.endOf("n2") === 4);
    const heldUp = cluster.cutOneWay("n2", "n1");
    const first = cluster.cut("n1", managerHost);
    const second = cluster.cutOneWay(managerHost, "n2");
    await cluster.electAlone("n3", 2);
    second();
    await cluster.until("n2 has cut x off", () => cluster.endOf("n2") < 4);
    first();
    const third = cluster.cutOneWay(managerHost, "n2");
    await cluster.until("n1 leads", () => cluster.reignOf("n1") === 3);
    await cluster.until("n3 has left", () => cluster.inSync.length === 2);
    cluster.cut("n1", managerHost);
    heldUp();
    await cluster.pass(700);
    await cluster.read("n1", "x");
    cluster.crash("n1", "power lost");
    third();
    await cluster.until("n2 leads", () => cluster.reignOf("n2") === 4);
    cluster.put("n2", "y", "1");
    await cluster.pass(500);
  },
};

describe("SERVER-22136", () => {
  test("an old leader with a majority commits nothing", async () => {
    const { cluster, text, problems } = await play(staleLeader);
    expect(problems).toEqual([]);
    const [, , x, y] = cluster.calls;
    expect(x?.answer?.kind).toBe("unknown");
    expect(y?.answer?.kind).toBe("written");
    await expectGolden("server-22136-stale-leader.txt", text);
  });

  test("it would, if a majority were enough, and what it acknowledged would be lost", async () => {
    await expect(play(staleLeader, { rules: commitByMajorityOfThree() })).rejects.toThrow(
      "invariant 9: n3 is in sync and has another history below 4",
    );
    const { problems } = await play(staleLeader, {
      rules: commitByMajorityOfThree(),
      isChecked: false,
    });
    expect(problems).toEqual(
      ["n1", "n2", "n3"].map((node) => `put x = 1 was acknowledged @3, and is not on ${node}`),
    );
  });

  test("a pull that comes in a later epoch counts for nothing", async () => {
    const { cluster, text, problems } = await play(lateReport);
    expect(problems).toEqual([]);
    expect(text).toContain("this node leads in epoch 3, the follower is in 1");
    expect(cluster.reads).toEqual(["absent"]);
    await expectGolden("server-22136-late-report.txt", text);
  });

  test("it would vouch for what was cut off, if it counted", async () => {
    await expect(play(lateReport, { rules: countAnyEpoch() })).rejects.toThrow(
      "invariant 9: n2 is in sync and has another history below 4",
    );
    const { cluster, text } = await play(lateReport, { rules: countAnyEpoch(), isChecked: false });
    // What was shown as committed is gone.
    expect(cluster.reads).toEqual(["1 @3"]);
    expect(text).toMatch(/^put x = 1 .* not there$/mu);
  });
});
