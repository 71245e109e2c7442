import { expect, test } from "vitest";

import {
  toldByFollower,
  toldCopy,
  toldDatabase,
  toldFollower,
  toldLeader,
} from "../../../test/cli/told-status.ts";

import { clusterReport, type Emphasise } from "./cluster-report.ts";
import { viewCluster, type ClusterView } from "./cluster-view.ts";

const plain: Emphasise = (_, text) => text;

const asked = (status: ReturnType<typeof toldLeader>) => ({
  name: status.node,
  url: `http://${status.node}:8080`,
  status,
  failure: undefined,
  isHeardOf: true,
});

const late = { membership: "behind", syncedOffset: 1_000, lagRecords: 49_004, lagMs: 65_000 };
const leader = toldLeader({
  followers: [toldFollower("n2"), toldFollower("n3")],
  databases: [
    toldDatabase({ inSync: 2, followers: [toldCopy("n2"), toldCopy("n3", late)] }),
    toldDatabase({ name: "logs", keys: 1, bytes: 512, inSync: 3, followers: [] }),
  ],
});

test("a cluster, node by node, and its databases", () => {
  const unknown = { name: "n3", url: "http://n3:8080", status: undefined };
  const failure = { kind: "unreachable", message: "silence" } as const;
  const view = viewCluster({
    first: asked(leader),
    leader: undefined,
    followers: [asked(toldByFollower("n2")), { ...unknown, failure, isHeardOf: true }],
  });
  expect(clusterReport(view, leader, plain)).toEqual([
    "n3 at http://n3:8080 is lagging: database default is behind",
    "",
    "node  role      url             state     offset                        lag    keys     size  version",
    "n1    leader    http://n1:8080  ok       100,004                          –  50,001  7.2 MiB  0.1.0",
    "n2    follower  http://n2:8080  ok        50,002                       none  50,000  7.2 MiB  0.1.0",
    "n3    follower  http://n3:8080  lagging    1,000  49,004 records, 1 min 5 s       –        –  –",
    "",
    "database on n1    keys     size  epoch  end offset  committed  in sync",
    "default         50,000  7.2 MiB      3      50,004     50,002  2 nodes",
    "logs                 1    512 B      3      50,004     50,002  3 nodes",
  ]);
});

test("what matters least is left out where there is no room, and UUIDs are cut", () => {
  const uuid = "f3cbedb5-6f1b-4b87-aabc-9bb6a28581f3";
  const status = toldLeader({
    node: uuid,
    databases: [toldDatabase({ keys: 12_345_678, inSync: 2, followers: [toldCopy("n2", late)] })],
    followers: [toldFollower("n2")],
  });
  const unknown = { name: "n2", url: "http://127.0.0.1:8082", status: undefined };
  const failure = { kind: "unreachable", message: "silence" } as const;
  const view = viewCluster({
    first: { ...asked(status), url: "http://127.0.0.1:8080" },
    leader: undefined,
    followers: [{ ...unknown, failure, isHeardOf: true }],
  });
  const [, , titles = "", ...lines] = clusterReport(view, status, plain, 80);
  expect(titles).toMatch(/^node +url +state +offset +lag$/);
  expect(lines[0]).toMatch(/^f3cbedb5 {2}http:/);
  expect(lines.slice(-2)[0]).toMatch(
    /^database on f3cbedb5 +keys +size +epoch +end offset +committed +in sync$/,
  );
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(clusterReport(view, status, plain, 90)[2]).toMatch(
    /^node +role +url +state +offset +lag$/,
  );
  expect(clusterReport(view, status, plain, 200)[2]).toMatch(/ lag +keys +size +version$/);
});

test("what is well says so; what is not stands out", () => {
  const followers = [asked(toldByFollower("n2"))];
  const well = viewCluster({ first: asked(leader), leader: undefined, followers });
  const marked = (view: ClusterView): string[] =>
    clusterReport(view, leader, (emphasis, text) => `${emphasis}: ${text}`);
  expect(marked({ ...well, problems: [] })[0]).toBe(
    "good: all is well: a leader and 1 follower; a write is acknowledged by 2 nodes",
  );
  const limited = marked({ ...well, problems: [], hints: ["n2 asks for a token"] });
  expect(limited[0]).toMatch(/^good: all is well, as far as is told: a leader/);
  expect(limited).toContain("n2 asks for a token");
  const [n1, n2] = well.nodes;
  if (n1 === undefined || n2 === undefined) throw new Error("there are two nodes");
  const lines = marked({
    nodes: [n1, { ...n2, state: "lagging" }, { ...n2, name: "n3", state: "halted" }],
    problems: ["one", "another"],
    hints: [],
  });
  expect(lines.map((line) => line.split(/ +/, 2).join(" "))).toEqual([
    "bad: one",
    "bad: another",
    "",
    "title: node",
    "n1 leader",
    "doubtful: n2",
    "bad: n3",
    "",
    "title: database",
    expect.stringContaining("default "),
    expect.stringContaining("logs "),
  ]);
});

test("a follower tells when it last heard of its leader", () => {
  const status = toldByFollower("n2");
  const view = viewCluster({ first: asked(status), leader: asked(leader), followers: [] });
  expect(clusterReport(view, status, plain).slice(-2)).toEqual([
    "database on n2    keys     size  epoch  end offset  committed  last contact",
    "default         50,000  7.2 MiB      3      50,004     50,002     0.4 s ago",
  ]);
});

test("an empty node", () => {
  const status = toldLeader({ databases: [] });
  const view = viewCluster({ first: asked(status), leader: undefined, followers: [] });
  expect(clusterReport(view, status, plain).at(-1)).toBe(
    "no databases yet: the first write makes one",
  );
});

test("a node that leads one database and follows another shows who leads each, in 80 columns", () => {
  const led = toldDatabase({ role: "leader", inSync: 3, followers: [toldCopy("n2")] });
  const followed = (name: string, nodeId: string, records: number) =>
    toldDatabase({
      name,
      role: "follower",
      leader: { nodeId, url: `http://${nodeId}:8080` },
      lag: { records, ms: 65_000, sinceContactMs: 400 },
    });
  const unled = toldDatabase({ name: "orphan", role: "none", leader: null, lag: null });
  const databases = [led, followed("logs", "n2", 49_004), unled];
  const status = toldLeader({ followers: [toldFollower("n2")], databases });
  const view = viewCluster({ first: asked(status), leader: undefined, followers: [] });
  const [problem, , , ofNode, , ...table] = clusterReport(view, status, plain, 80);
  expect(problem).toBe("no node leads database orphan");
  expect(ofNode).toMatch(/^n1 +leads 1 of 3 /);
  expect(table).toEqual([
    "database on n1  leader  epoch  committed  in sync                        lag",
    "default         n1          3     50,002  3 nodes                          –",
    "logs            n2          3     50,002        –  49,004 records, 1 min 5 s",
    "orphan          –           3     50,002        –                          –",
  ]);
});
