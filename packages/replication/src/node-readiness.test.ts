import { describe, expect, test } from "vitest";

import {
  electedReadiness,
  followerReadiness,
  leaderReadiness,
  type ReadyNode,
} from "./node-readiness.ts";

type ReadyDatabase = ReadyNode["replicas"][number];

const writeQuorum = 2;
const leader = { isEstablished: true, inSyncCount: 2 };
const led: ReadyDatabase = {
  name: "app",
  halted: undefined,
  open: { failure: undefined },
  catchingUp: undefined,
  leader,
};
const followed: ReadyDatabase = { ...led, leader: undefined };

/** A node that knows of so many nodes. */
const nodeOf = (size: number, ...replicas: readonly ReadyDatabase[]): ReadyNode => ({
  halted: undefined,
  view: { nodes: { size } },
  replicas,
});

describe("a leader is ready", () => {
  test("while it takes writes", () => {
    expect(leaderReadiness(nodeOf(2, led), writeQuorum)).toEqual({ ready: true });
    expect(leaderReadiness(nodeOf(3, led, led), writeQuorum)).toEqual({ ready: true });
  });

  test("alone, and without databases, where that is enough for a write", () => {
    expect(leaderReadiness(nodeOf(1), 1)).toEqual({ ready: true });
  });
});

describe("a leader is not ready, and says why", () => {
  test.each([
    [
      "one of its databases lost its in-sync replicas",
      nodeOf(2, led, { ...led, name: "logs", leader: { ...leader, inSyncCount: 1 } }),
      "database logs: writes are refused, reads go on: a write must be synced on 2 nodes, and 1 is in sync. " +
        "Start followers, or wait until they have caught up",
    ],
    [
      "a new database would have too few replicas",
      nodeOf(1, led),
      "writes are refused, reads go on: a write must be synced on 2 nodes, and 1 is in sync. " +
        "Start followers, or wait until they have caught up",
    ],
    [
      "what was acknowledged may be out of sight",
      nodeOf(2, { ...led, leader: { ...leader, isEstablished: false } }),
      "database app: what was written before the start is not yet synced on 2 nodes again, and out of " +
        "sight: start followers",
    ],
    [
      "a write failed",
      nodeOf(2, {
        ...led,
        leader: { ...leader, inSyncCount: 1 },
        open: { failure: new Error("the disk failed") },
      }),
      "database app: the disk failed",
    ],
  ])("%s", (_, node, reason) => {
    expect(leaderReadiness(node, writeQuorum)).toEqual({ ready: false, reason });
  });
});

describe("a follower", () => {
  test("is ready while it follows all databases, and where there are none", () => {
    expect(followerReadiness(nodeOf(1))).toEqual({ ready: true });
    expect(followerReadiness(nodeOf(1, followed, followed))).toEqual({ ready: true });
  });

  test.each([
    [
      "before it knows what there is",
      { ...nodeOf(1), view: undefined },
      "the leader has not answered yet",
    ],
    [
      "once it has stopped to follow one of them",
      nodeOf(1, followed, { ...followed, halted: "records were committed here" }),
      "records were committed here",
    ],
    [
      "once it has stopped altogether, whatever else there is",
      { ...nodeOf(1, { ...followed, halted: "this too" }), halted: new Error("another cluster") },
      "another cluster",
    ],
  ])("is not ready %s", (_, node, reason) => {
    expect(followerReadiness(node)).toEqual({ ready: false, reason });
  });
});

describe("a node with a copy that shows no state that its leader was in", () => {
  const behind = { ...followed, catchingUp: new Error("it holds 3 of 7 records") };
  const expected = { ready: false, reason: "it holds 3 of 7 records", isCatchingUp: true };

  test("is not ready, and leads what it leads", () => {
    expect(followerReadiness(nodeOf(1, followed, behind))).toEqual(expected);
    expect(electedReadiness(nodeOf(2, behind), writeQuorum)).toEqual(expected);
    expect(electedReadiness(nodeOf(2, behind, led), writeQuorum)).toEqual(expected);
  });

  test("says first what else is wrong", () => {
    const halted = { ...followed, halted: "records were committed here" };
    expect(followerReadiness(nodeOf(1, behind, halted)).reason).toBe(halted.halted);
    expect(electedReadiness(nodeOf(1, behind, led), writeQuorum).reason).toMatch(/are refused/);
  });
});

describe("a node that may be elected", () => {
  test("is ready while it follows, also where too few are there for a write", () => {
    expect(electedReadiness(nodeOf(1, followed), writeQuorum)).toEqual({ ready: true });
    expect(electedReadiness(nodeOf(2, followed, led), writeQuorum)).toEqual({ ready: true });
  });

  test.each([
    [
      "before it knows what there is",
      { ...nodeOf(1), view: undefined },
      "the configuration manager has not answered yet",
    ],
    ["once it takes no part", { ...nodeOf(1), halted: new Error("another cluster") }, /another/],
    ["while it follows one no more", nodeOf(3, led, { ...followed, halted: "lost" }), /lost/],
    ["while it leads what takes no writes", nodeOf(1, followed, led), /writes are refused/],
  ])("is not ready %s", (_, node, reason) => {
    const expected = typeof reason === "string" ? reason : expect.stringMatching(reason);
    expect(electedReadiness(node, writeQuorum)).toEqual({ ready: false, reason: expected });
  });
});
