import { describe, expect, test } from "vitest";

import { leaderReadiness, type LeaderState } from "./node-readiness.ts";

const database = { name: "app", isEstablished: true, inSync: 2, failure: undefined };
const state: LeaderState = { databases: [database], presentCount: 2, writeQuorum: 2 };

describe("a leader is ready", () => {
  test("while it takes writes", () => {
    expect(leaderReadiness(state)).toEqual({ ready: true });
    expect(leaderReadiness({ ...state, presentCount: 3 })).toEqual({ ready: true });
  });

  test("alone, and without databases, where that is enough for a write", () => {
    const alone = { databases: [], presentCount: 1, writeQuorum: 1 };
    expect(leaderReadiness(alone)).toEqual({ ready: true });
  });
});

describe("a leader is not ready, and says why", () => {
  test.each([
    [
      "one of its databases lost its in-sync replicas",
      { ...state, databases: [database, { ...database, name: "logs", inSync: 1 }] },
      "database logs: writes are refused, reads go on: a write must be synced on 2 nodes, and 1 is in sync. " +
        "Start followers, or wait until they have caught up",
    ],
    [
      "a new database would have too few replicas",
      { ...state, presentCount: 1 },
      "writes are refused, reads go on: a write must be synced on 2 nodes, and 1 is in sync. " +
        "Start followers, or wait until they have caught up",
    ],
    [
      "what was acknowledged may be out of sight",
      { ...state, databases: [{ ...database, isEstablished: false }] },
      "database app: what was written before the start is not yet synced on 2 nodes again, and out of " +
        "sight: start followers",
    ],
    [
      "a write failed",
      { ...state, databases: [{ ...database, inSync: 1, failure: "the disk failed" }] },
      "database app: the disk failed",
    ],
  ])("%s", (_, leader, reason) => {
    expect(leaderReadiness(leader)).toEqual({ ready: false, reason });
  });
});
