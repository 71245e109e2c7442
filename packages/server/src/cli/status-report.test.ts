import { expect, test } from "vitest";

import type { NodeStatus } from "./client/answers.ts";
import { statusReport } from "./status-report.ts";

const node: NodeStatus = {
  node: "node-1",
  role: "leader",
  writeQuorum: 2,
  closing: false,
  databases: [],
  versions: { boxerdb: "0.1.0", node: "v26.10.0" },
  pid: 41,
  uptimeSeconds: 3720,
};

const database: NodeStatus["databases"][number] = {
  name: "default",
  keys: 50_000,
  bytes: 7_500_000,
  epoch: 3,
  offsets: { end: 50_004, synced: 50_004, highWatermark: 50_002, applied: 50_002 },
};

const draw = (status: NodeStatus): string => statusReport(status, (title) => title).join("\n");

test("an empty leader", () => {
  expect(draw(node)).toBe(
    [
      "node  node-1",
      "role  leader; a write is acknowledged by 2 nodes",
      "runs  BoxerDB 0.1.0 on Node.js v26.10.0, process 41, up 1 h 2 min",
      "",
      "no databases yet: the first write makes one",
    ].join("\n"),
  );
});

test("a leader with its followers", () => {
  const followers = [
    {
      nodeId: "node-2",
      syncedOffset: 50_004,
      lagRecords: 0,
      membership: "in-sync",
      sincePullMs: 120,
    },
    {
      nodeId: "node-3",
      syncedOffset: 1000,
      lagRecords: 49_004,
      membership: "behind",
      sincePullMs: 65_000,
    },
  ];
  expect(
    draw({ ...node, databases: [{ ...database, followers }] })
      .split("\n")
      .slice(4),
  ).toEqual([
    "database    keys     size  epoch  end offset  committed  applied",
    "default   50,000  7.2 MiB      3       50004      50002    50002",
    "",
    "follower  database  state    synced offset             lag      last pull",
    "node-2    default   in-sync          50004       0 records      0.1 s ago",
    "node-3    default   behind            1000  49,004 records  1 min 5 s ago",
  ]);
});

test("a follower, with its lag", () => {
  const status: NodeStatus = {
    ...node,
    role: "follower",
    leaderUrl: "http://a:8081",
    connected: false,
    databases: [{ ...database, lag: { records: 1, sinceContactMs: 2500 } }],
  };
  expect(draw(status).split("\n").slice(1)).toEqual([
    "role  follower of http://a:8081, not connected",
    "runs  BoxerDB 0.1.0 on Node.js v26.10.0, process 41, up 1 h 2 min",
    "",
    "database    keys     size  epoch  end offset  committed  applied       lag  last contact",
    "default   50,000  7.2 MiB      3       50004      50002    50002  1 record     2.5 s ago",
  ]);
});

test("a follower that has not heard of its leader yet", () => {
  const databases = [{ ...database, lag: null }];
  const text = draw({ ...node, role: "follower", leaderUrl: null, databases });
  expect(text).toContain("role  follower\n");
  expect(text).toMatch(/ unknown +never$/);
});

test("what needs attention stands at the end", () => {
  const troubled = {
    ...database,
    poisoned: { message: "fdatasync failed" },
    halted: "another log",
  };
  const text = draw({ ...node, closing: true, halted: "another store", databases: [troubled] });
  expect(text.split("\n").slice(-5)).toEqual([
    "",
    "the node is shutting down",
    "the leader is no longer followed: another store",
    "database default takes no writes: fdatasync failed",
    "database default is no longer followed: another log",
  ]);
});
