import { describe, expect, test } from "vitest";

import {
  toldByFollower,
  toldCopy,
  toldDatabase,
  toldFollower,
  toldLeader,
} from "../../../test/cli/told-status.ts";
import type { NodeStatus } from "../client/answers.ts";

import type { AskFailure } from "./ask-failure.ts";
import type { AskedNode, ClusterSurvey } from "./cluster-survey.ts";
import { viewCluster } from "./cluster-view.ts";

const asked = (status: NodeStatus) => ({
  name: status.node,
  url: `http://${status.node}:8080`,
  status,
  failure: undefined,
  isHeardOf: true,
});

const unasked = (
  name: string,
  isHeardOf: boolean,
  failure: AskFailure = { kind: "unreachable", message: "nothing listens there" },
): AskedNode => ({
  name,
  url: `http://${name}:8080`,
  status: undefined,
  failure,
  isHeardOf,
});

/** A leader with the copies of its database that it knows of. */
const leading = (...copies: readonly ReturnType<typeof toldCopy>[]): NodeStatus =>
  toldLeader({
    followers: copies.map(({ nodeId }) => toldFollower(nodeId)),
    databases: [toldDatabase({ followers: [...copies] })],
  });

const survey = (fields: Partial<ClusterSurvey>): ClusterSurvey => ({
  first: asked(leading(toldCopy("n2"))),
  leader: undefined,
  followers: [asked(toldByFollower("n2"))],
  ...fields,
});

test("a cluster that is well", () => {
  expect(viewCluster(survey({}))).toEqual({
    nodes: [
      {
        name: "n1",
        role: "leader",
        url: "http://n1:8080",
        state: "ok",
        reason: undefined,
        offset: 50_002,
        lag: undefined,
        keys: 50_000,
        bytes: 7_500_000,
        version: "0.1.0",
      },
      expect.objectContaining({ name: "n2", role: "follower", lag: { records: 0, ms: 0 } }),
    ],
    problems: [],
    hints: [],
  });
});

test("is the same for a follower, the leader first", () => {
  const [n2] = survey({}).followers;
  if (n2?.status === undefined) throw new Error("it was asked");
  const first = { ...n2, status: n2.status };
  const fromFollower = { first, leader: survey({}).first, followers: [] };
  expect(viewCluster(fromFollower)).toEqual(viewCluster(survey({})));
});

describe("a follower", () => {
  const poisoned = { message: "the disk failed" };
  const behind = { membership: "behind", lagRecords: 7, lagMs: 9_000 };
  test.each<[string, Partial<NodeStatus>, object, string, string | undefined]>([
    ["that keeps up", {}, {}, "ok", undefined],
    ["that does not", {}, behind, "lagging", "database default is behind"],
    ["that catches up", {}, { membership: "joining" }, "lagging", "database default is joining"],
    ["without its leader", { connected: false }, {}, "cut off", "the leader does not answer it"],
    ["that has stopped", { halted: "another store" }, {}, "halted", "another store"],
    [
      "that has stopped one database",
      { databases: [toldDatabase({ halted: "another log" })] },
      {},
      "halted",
      "another log",
    ],
    [
      "whose disk failed",
      { databases: [toldDatabase({ poisoned })] },
      {},
      "not ready",
      "database default takes no writes: the disk failed",
    ],
    [
      "that is not ready",
      { ready: false, reason: "no leader yet" },
      {},
      "not ready",
      "no leader yet",
    ],
    ["that is told to stop", { closing: true, ready: false }, {}, "stopping", undefined],
  ])("%s", (_, fields, copy, state, reason) => {
    const first = asked(leading(toldCopy("n2", copy)));
    const { nodes, problems } = viewCluster({
      first,
      leader: undefined,
      followers: [asked(toldByFollower("n2", fields))],
    });
    expect(nodes[1]).toMatchObject({ state, reason });
    const problem = `n2 at http://n2:8080 is ${state}${reason === undefined ? "" : `: ${reason}`}`;
    expect(problems).toEqual(state === "ok" ? [] : [problem]);
  });

  test("that cannot be asked is in order as long as the leader hears of it and it keeps up", () => {
    const heardOf = viewCluster(survey({ followers: [unasked("n2", true)] }));
    expect(heardOf.nodes[1]).toMatchObject({ state: "heard of", lag: { records: 0, ms: 0 } });
    expect(heardOf.problems).toEqual([]);
    const late = {
      first: asked(leading(toldCopy("n2", behind))),
      followers: [unasked("n2", true)],
    };
    expect(viewCluster(survey(late)).nodes[1]).toMatchObject({ state: "lagging" });
  });

  test("that asks for a token is shown as the leader knows it, with a hint", () => {
    const refused = { kind: "refused", message: "n2 asks for a token" } as const;
    const first = asked(leading(toldCopy("n2", { syncedOffset: 49_000, lagRecords: 3 })));
    const { nodes, problems, hints } = viewCluster(
      survey({ first, followers: [unasked("n2", true, refused)] }),
    );
    expect(nodes[1]).toMatchObject({
      role: "follower",
      state: "heard of",
      offset: 49_000,
      lag: { records: 3, ms: 0 },
    });
    expect({ problems, hints }).toEqual({ problems: [], hints: ["n2 asks for a token"] });
  });

  test("that the leader knows to be ahead of what is committed shows no more than that", () => {
    const first = asked(leading(toldCopy("n2", { syncedOffset: 50_004 })));
    const { nodes } = viewCluster(survey({ first, followers: [unasked("n2", true)] }));
    expect(nodes[1]?.offset).toBe(50_002);
  });

  test("that asks for a token and that the leader does not hear of is cut off", () => {
    const refused = { kind: "refused", message: "n2 asks for a token" } as const;
    const { nodes, problems } = viewCluster(survey({ followers: [unasked("n2", false, refused)] }));
    expect(nodes[1]).toMatchObject({ state: "cut off" });
    expect(problems).toHaveLength(1);
  });

  test("that answers as no node does is a problem, even if the leader hears of it", () => {
    const unreadable = { kind: "unreadable", message: "it answered 200" } as const;
    const { nodes, problems } = viewCluster(
      survey({ followers: [unasked("n2", true, unreadable)] }),
    );
    expect(nodes[1]).toMatchObject({ state: "unreadable" });
    expect(problems).toEqual(["n2 at http://n2:8080 is unreadable: it answered 200"]);
  });

  test("that nobody hears of is missed", () => {
    const { nodes, problems } = viewCluster(survey({ followers: [unasked("n2", false)] }));
    expect(nodes[1]).toMatchObject({ state: "unreachable", keys: undefined, version: undefined });
    expect(problems).toEqual(["n2 at http://n2:8080 is unreachable: nothing listens there"]);
  });

  test("has the lag of all its databases, each by the copy that is in use", () => {
    const databases = [
      toldDatabase({
        followers: [
          toldCopy("n2", { lagRecords: 99, sincePullMs: 60_000, membership: "behind" }),
          toldCopy("n2", { lagRecords: 2, lagMs: 20 }),
          toldCopy("n3", { lagRecords: 500 }),
        ],
      }),
      toldDatabase({ name: "logs", followers: [toldCopy("n2", { lagRecords: 3, lagMs: 10 })] }),
    ];
    const first = asked(toldLeader({ databases }));
    expect(viewCluster(survey({ first })).nodes[1]).toMatchObject({
      state: "ok",
      lag: { records: 5, ms: 20 },
    });
  });

  test("tells its own lag where the leader cannot be asked", () => {
    const databases = [toldDatabase({ lag: { records: 4, ms: null } })];
    const first = asked(toldByFollower("n2", { databases }));
    const leader = { ...unasked("n1", false), name: undefined };
    const { nodes, problems } = viewCluster({ first, leader, followers: [] });
    expect(nodes[1]?.lag).toEqual({ records: 4, ms: undefined });
    expect(problems).toEqual([
      "the leader at http://n1:8080 is unreachable: nothing listens there",
    ]);
  });

  test("without a leader knows of nobody else", () => {
    const first = asked(toldByFollower("n2", { leaderUrl: null }));
    const { nodes, problems } = viewCluster({ first, leader: undefined, followers: [] });
    expect(nodes.map(({ name }) => name)).toEqual(["n2"]);
    expect(problems).toEqual([
      "the node has not heard of a leader yet, so that other nodes are not known",
    ]);
  });
});

test("one that lags tells why, and when it will no longer", () => {
  const copy = toldCopy("n2", { membership: "behind", reason: "it has not caught up yet" });
  const lag = { records: 9, ms: 9, recordsPerSecond: 3_000, remainingMs: 65_000 };
  const reasonWith = (database: Parameters<typeof toldDatabase>[0]): string | undefined => {
    const follower = toldByFollower("n2", { databases: [toldDatabase(database)] });
    const { nodes } = viewCluster(
      survey({ first: asked(leading(copy)), followers: [asked(follower)] }),
    );
    return nodes[1]?.reason;
  };
  const why = "database default is behind, as it has not caught up yet";
  expect(reasonWith({ lag })).toBe(`${why}; 3,000 records come in a second, 1 min 5 s left`);
  expect(reasonWith({ lag: { ...lag, remainingMs: null } })).toBe(
    `${why}; 3,000 records come in a second, and it gets no nearer`,
  );
  expect(reasonWith({ resync: { offset: 100, goal: 5_000 } })).toBe(
    `${why}; it copies all anew, 100 of 5,000 offsets`,
  );
});

describe("nodes that lead one database and follow another", () => {
  const led = (name: string, follower: string, fields: object = {}) =>
    toldDatabase({ name, role: "leader", inSync: 2, followers: [toldCopy(follower, fields)] });
  const followed = (name: string, nodeId: string) =>
    toldDatabase({ name, role: "follower", leader: { nodeId, url: `http://${nodeId}:8080` } });
  const n1 = asked(toldLeader({ databases: [led("a", "n2"), followed("b", "n2")] }));
  const of2 = (fields: object) =>
    asked(toldLeader({ node: "n2", databases: [followed("a", "n1"), led("b", "n1", fields)] }));

  test("have the lag of what they follow, as its leader sees it", () => {
    const late = { membership: "behind", lagRecords: 7, lagMs: 9_000 };
    const { nodes } = viewCluster({ first: n1, leader: undefined, followers: [of2(late)] });
    expect(nodes).toMatchObject([
      {
        name: "n1",
        role: "leads 1 of 2",
        state: "lagging",
        reason: "database b is behind",
        lag: { records: 7, ms: 9_000 },
      },
      { name: "n2", role: "leads 1 of 2", state: "ok", lag: { records: 0, ms: 0 } },
    ]);
  });

  test("are missed where nobody of them leads a database", () => {
    const orphan = toldDatabase({ name: "orphan", role: "none" });
    const first = asked(toldLeader({ databases: [led("a", "n2"), orphan] }));
    const { problems } = viewCluster({ first, leader: undefined, followers: [of2({})] });
    expect(problems).toEqual(["no node leads database orphan"]);
    const taken = asked(toldLeader({ node: "n3", databases: [led("orphan", "n1")] }));
    const { problems: none } = viewCluster({ first, leader: undefined, followers: [taken] });
    expect(none).toEqual([]);
    // It follows by configuration, and waits for the word of its leader.
    const waiting = asked(toldByFollower("n2", { ready: false, databases: [orphan] }));
    const { problems: unready } = viewCluster({
      first: n1,
      leader: undefined,
      followers: [waiting],
    });
    expect(unready).toEqual(["n2 at http://n2:8080 is not ready"]);
  });
});
