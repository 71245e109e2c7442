import { expect, test } from "vitest";

import {
  toldByFollower,
  toldDatabase,
  toldFollower,
  toldLeader,
} from "../../../test/cli/told-status.ts";
import type { NodeStatus } from "../client/answers.ts";
import { UnreachableError } from "../client/errors.ts";

import { surveyCluster, type AskStatus } from "./cluster-survey.ts";

/** Nodes by their URLs; others cannot be asked. */
const asking =
  (nodes: Readonly<Record<string, NodeStatus>>): AskStatus =>
  async (url) => {
    const status = nodes[url];
    if (status === undefined) throw new UnreachableError(url, `nobody is at ${url}`);
    return status;
  };

const leader = toldLeader({ followers: [toldFollower("n2"), toldFollower("n3")] });
const n2 = toldByFollower("n2");
const n3 = toldByFollower("n3");

test("a leader names its followers", async () => {
  const ask = asking({ "http://n1:8080": leader, "http://n2:8080": n2 });
  expect(await surveyCluster("http://n1:8080", ask)).toEqual({
    first: {
      name: "n1",
      url: "http://n1:8080",
      status: leader,
      failure: undefined,
      isHeardOf: true,
    },
    leader: undefined,
    followers: [
      { name: "n2", url: "http://n2:8080", status: n2, failure: undefined, isHeardOf: true },
      {
        name: "n3",
        url: "http://n3:8080",
        status: undefined,
        failure: { kind: "unreachable", message: "nobody is at http://n3:8080" },
        isHeardOf: true,
      },
    ],
  });
});

test("a follower names its leader, and that the other followers", async () => {
  const ask = asking({
    "http://localhost:1": n2,
    "http://n1:8080": leader,
    "http://n3:8080": n3,
  });
  const { first, leader: asked, followers } = await surveyCluster("http://localhost:1", ask);
  expect(first).toMatchObject({ name: "n2", url: "http://localhost:1" });
  expect(asked).toMatchObject({ name: "n1", url: "http://n1:8080", status: leader });
  expect(followers.map(({ name }) => name)).toEqual(["n3"]);
});

test("a leader that cannot be asked is heard of while the follower is connected", async () => {
  const survey = async (fields: Partial<NodeStatus>) =>
    surveyCluster("http://n2:8080", asking({ "http://n2:8080": toldByFollower("n2", fields) }));
  expect((await survey({})).leader).toMatchObject({
    name: undefined,
    url: "http://n1:8080",
    failure: { kind: "unreachable", message: "nobody is at http://n1:8080" },
    isHeardOf: true,
  });
  expect((await survey({ connected: false })).leader?.isHeardOf).toBe(false);
  expect((await survey({ leaderUrl: null })).leader).toBeUndefined();
});

test("who is gone and has a successor by its name or at its place is not asked", async () => {
  const gone = { connected: false, sinceContactMs: 60_000 };
  const followers = [
    toldFollower("n2", { ...gone, storeId: "emptied", url: "http://before:8080" }),
    toldFollower("n2"),
    toldFollower("renamed", { ...gone, url: "http://n2:8080" }),
    toldFollower("n3", gone),
  ];
  const ask = asking({ "http://n1:8080": toldLeader({ followers }) });
  const survey = await surveyCluster("http://n1:8080", ask);
  expect(survey.followers.map(({ name, isHeardOf }) => [name, isHeardOf])).toEqual([
    ["n2", true],
    ["n3", false],
  ]);
});

test("without the first there is nothing to tell", async () => {
  await expect(surveyCluster("http://n1:8080", asking({}))).rejects.toThrow("nobody is at");
});

test("leaders of other databases are asked as well, each once, and what they name", async () => {
  const led = (nodeId: string, url = `http://${nodeId}:8080`) =>
    toldDatabase({ name: `of ${nodeId}`, role: "follower", leader: { nodeId, url } });
  const nodes: Readonly<Record<string, NodeStatus>> = {
    // It is reached under another URL than others know it by.
    "http://localhost:1": toldLeader({ databases: [led("n2")] }),
    "http://n2:8080": toldLeader({
      node: "n2",
      store: "store of n2",
      followers: [toldFollower("n1"), toldFollower("n3")],
      databases: [led("n1"), led("n3")],
    }),
    "http://n3:8080": toldByFollower("n3", { databases: [led("n2"), led("n4")] }),
  };
  const asked: string[] = [];
  const { followers } = await surveyCluster("http://localhost:1", (url) => {
    asked.push(url);
    return asking(nodes)(url);
  });
  expect(asked).toEqual([
    "http://localhost:1",
    "http://n2:8080",
    "http://n3:8080",
    "http://n4:8080",
  ]);
  expect(followers.map(({ name, failure }) => [name, failure?.kind])).toEqual([
    ["n2", undefined],
    ["n3", undefined],
    ["n4", "unreachable"],
  ]);
});

test("one that names others without end is not followed without end", async () => {
  let asked = 0;
  await surveyCluster("http://n0:8080", async () => {
    asked += 1;
    const other = toldFollower(`n${asked}`, { storeId: String(asked) });
    return toldLeader({ node: `n${asked - 1}`, store: String(asked - 1), followers: [other] });
  });
  expect(asked).toBeLessThan(10);
});
