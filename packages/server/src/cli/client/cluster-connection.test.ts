import { expect, test } from "vitest";

import { problem, ScriptedServer, type ScriptedAnswer } from "../../../test/cli/scripted-server.ts";

import { Client } from "./client.ts";
import { isWorthRetrying, ServerError, UnreachableError } from "./errors.ts";

const place = { database: "app", collection: "users" };
const written: ScriptedAnswer = { status: 200, headers: { etag: '"8"' }, body: {} };
const found: ScriptedAnswer = { status: 200, headers: { etag: '"8"' }, body: { value: 1 } };
const noLeader = problem(503, "no_leader", "nobody leads");
const nowhere = "http://127.0.0.1:1";

/** Of a node that follows the one at a URL. */
const following = (leader: string): ScriptedAnswer => ({
  status: 403,
  body: { code: "not_leader", message: "only the leader", leader },
});

/** A server that answers the same to each request. */
const serverOf = (answer: ScriptedAnswer): Promise<ScriptedServer> =>
  ScriptedServer.start(() => answer);

const clientOf = (first: string, ...others: readonly string[]): Client =>
  new Client([new URL(first), ...others.map((url) => new URL(url))], {
    timeoutMs: 500,
    token: "bxr_secret",
  });

const failureOf = async (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => "nothing failed",
    (error: unknown) => error,
  );

test("the leader that a server names is asked at once, and from then on", async () => {
  await using leader = await serverOf(written);
  await using other = await serverOf(noLeader);
  await using follower = await serverOf(following(`${leader.url}/`));
  await using client = clientOf(follower.url, other.url, leader.url);
  for (let time = 0; time < 3; time++) expect(await client.put(place, "k", 1)).toBe(8);
  expect(client.url).toBe(leader.url);
  expect(follower.requests).toHaveLength(1);
  expect(other.requests).toHaveLength(0);
});

test("a leader that was not given is not asked, and sees no token", async () => {
  await using stranger = await serverOf(written);
  await using second = await serverOf(written);
  await using first = await serverOf(following(stranger.url));
  await using client = clientOf(first.url, second.url);
  expect(await client.put(place, "k", 1)).toBe(8);
  expect(second.requests).toHaveLength(1);
  expect(stranger.requests).toHaveLength(0);

  await using alone = clientOf(first.url);
  const error = await failureOf(alone.put(place, "k", 1));
  expect(error).toMatchObject({ code: "not_leader" });
  expect(isWorthRetrying(error)).toBe(false);
  expect(stranger.requests).toHaveLength(0);
});

test("where nobody listens, another is asked", async () => {
  await using server = await serverOf(written);
  await using client = clientOf(nowhere, nowhere, server.url);
  expect(await client.put(place, "k", 1)).toBe(8);
  await using nobody = clientOf(nowhere, nowhere);
  expect(await failureOf(nobody.put(place, "k", 1))).toBeInstanceOf(UnreachableError);
});

test.each([
  ["cut", "cut"],
  ["not answered", "silence"],
  ["answered without knowing", problem(504, "outcome_unknown", "it may yet be")],
  ["taken by too few", problem(503, "not_enough_replicas", "start followers")],
] as const)(
  "a write that is %s is not done again, but another is asked next",
  async (_, answer) => {
    await using first = await serverOf(answer);
    await using second = await serverOf(written);
    await using client = clientOf(first.url, second.url);
    expect(isWorthRetrying(await failureOf(client.put(place, "k", 1)))).toBe(true);
    expect(second.requests).toHaveLength(0);
    expect(await client.put(place, "k", 1)).toBe(8);
    expect(first.requests).toHaveLength(1);
  },
);

test("a read that is cut is asked of another", async () => {
  await using first = await serverOf("cut");
  await using second = await serverOf(found);
  await using client = clientOf(first.url, second.url);
  expect(await client.get(place, "k")).toEqual({ value: 1, offset: 8 });
});

test("what another would say too is final", async () => {
  await using first = await serverOf(problem(404, "not_found", "no such key"));
  await using second = await serverOf(found);
  await using client = clientOf(first.url, second.url);
  for (let time = 0; time < 2; time++) {
    expect(await failureOf(client.get(place, "k"))).toMatchObject({ code: "not_found" });
  }
  expect(second.requests).toHaveLength(0);
});

test("where each follows another, each is asked once, and it is worth trying again", async () => {
  await using first = await serverOf(following(nowhere));
  await using second = await serverOf(following(first.url));
  await using third = await serverOf(following(nowhere));
  await using client = clientOf(first.url, second.url, third.url);
  const error = await failureOf(client.put(place, "k", 1));
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({
    code: "no_leader",
    message: "none of the 3 servers says that it is the leader: try again soon",
  });
  expect(isWorthRetrying(error)).toBe(true);
  expect([first, second, third].flatMap(({ requests }) => requests)).toHaveLength(3);
});
