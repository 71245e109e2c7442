import { expect, test } from "vitest";

import { problem, ScriptedServer, type ScriptedAnswer } from "../../../test/cli/scripted-server.ts";

import { Client } from "./client.ts";
import { ServerError, UnexpectedAnswerError, UnreachableError } from "./errors.ts";
import { pages } from "./listing.ts";

const place = { database: "app", collection: "users" };

/** A server that gives the answers in turn, the last one for ever. */
const serverOf = async (...answers: ScriptedAnswer[]): Promise<ScriptedServer> =>
  await ScriptedServer.start((_, index) => answers[index] ?? answers.at(-1) ?? "cut");

const clientOf = (server: ScriptedServer): Client =>
  new Client(new URL(server.url), { timeoutMs: 500 });

test("a key goes out as one segment, whatever it holds", async () => {
  await using server = await serverOf({
    status: 200,
    headers: { etag: '"7"' },
    body: { value: 1 },
  });
  await using client = clientOf(server);
  for (const key of ["a/b", "..", "%2e", "ü 🥊?#"]) await client.get(place, key);
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v2/app/users/a%2Fb",
    "/api/v2/app/users/..",
    "/api/v2/app/users/%252e",
    "/api/v2/app/users/%C3%BC%20%F0%9F%A5%8A%3F%23",
  ]);
});

test("a URL may have a path, under which a proxy has the server", async () => {
  await using server = await serverOf({
    status: 200,
    headers: { etag: '"7"' },
    body: { value: 1 },
  });
  await using client = new Client(new URL(`${server.url}/boxer/`));
  await client.get(place, "k");
  expect(server.requests[0]?.target).toBe("/boxer/api/v2/app/users/k");
});

test("the value and its offset are read", async () => {
  await using server = await serverOf({
    status: 200,
    headers: { etag: 'W/"41"' },
    body: { value: { a: null } },
  });
  await using client = clientOf(server);
  expect(await client.get(place, "k")).toEqual({ value: { a: null }, offset: 41 });
});

test("a condition is a header, and a ttl a parameter", async () => {
  await using server = await serverOf({ status: 200, headers: { etag: '"8"' }, body: {} });
  await using client = clientOf(server);
  expect(await client.put(place, "k", "v", { condition: { ifOffset: 7 } })).toBe(8);
  await client.put(place, "k", "v", { condition: { ifAbsent: true }, ttl: 60 });
  expect(
    server.requests.map(({ headers }) => [headers["if-match"], headers["if-none-match"]]),
  ).toEqual([
    ['"7"', undefined],
    [undefined, "*"],
  ]);
  expect(server.requests[0]).toMatchObject({ method: "PUT", body: '{"value":"v"}' });
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v2/app/users/k",
    "/api/v2/app/users/k?ttl=60",
  ]);
});

test("bad keys and names are refused before anything is asked", async () => {
  await using server = await serverOf("cut");
  await using client = clientOf(server);
  await expect(client.get(place, "")).rejects.toThrow("the key is empty");
  await expect(client.get({ ...place, collection: "a/b" }, "k")).rejects.toThrow("cannot name");
  await expect(client.database("..")).rejects.toThrow("cannot name");
  expect(server.requests).toEqual([]);
});

test("an error of the server keeps status, code, message and when to try again", async () => {
  await using server = await serverOf(
    problem(503, "not_enough_replicas", "too few", { "retry-after": "2" }),
  );
  await using client = clientOf(server);
  const error: unknown = await client.put(place, "k", 1).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({
    status: 503,
    code: "not_enough_replicas",
    message: "too few",
    retryAfterMs: 2000,
    url: `${server.url}/api/v2/app/users/k`,
  });
});

test("a node that does not lead names the leader", async () => {
  await using server = await serverOf({
    status: 403,
    body: { code: "not_leader", message: "Only the leader", leader: "http://leader:8080" },
  });
  await using client = clientOf(server);
  await expect(client.put(place, "k", 1)).rejects.toThrow(
    "Only the leader: write to http://leader:8080 (--url)",
  );
});

test.each([
  [{ status: 200, body: "<html>" }, "answered something else"],
  [{ status: 200, body: { no: 1 } }, "answered something else at value"],
  [{ status: 200, body: { value: 1 } }, "answered without the offset in its ETag"],
  [{ status: 404, body: "not here" }, "answered 404"],
] as const)("what does not answer as BoxerDB does is told: %j", async (answer, message) => {
  await using server = await serverOf(answer);
  await using client = clientOf(server);
  const error: unknown = await client.get(place, "k").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnexpectedAnswerError);
  expect(String(error)).toContain(`${server.url}/api/v2/app/users/k ${message}`);
});

test("where nobody listens, the error says so and what to do", async () => {
  const server = await serverOf("cut");
  const { url } = server;
  await server[Symbol.asyncDispose]();
  await using client = new Client(new URL(url));
  const error: unknown = await client.get(place, "k").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(String(error)).toContain(`cannot reach ${url}: nothing listens there`);
});

test.each([
  ["silence", "did not answer within 0.5 s"],
  ["cut", "the connection to"],
] as const)("after %s, whether a write was done is unknown", async (answer, message) => {
  await using server = await serverOf(answer);
  await using client = clientOf(server);
  const write = client.put(place, "k", 1);
  await expect(write).rejects.toBeInstanceOf(UnreachableError);
  await expect(write).rejects.toThrow(message);
  await expect(write).rejects.toThrow("Whether the write was done is unknown");
  await expect(client.get(place, "k")).rejects.not.toThrow("unknown");
});

test("a connection that breaks may be one to TLS, but not of a server that was understood", async () => {
  await using server = await serverOf(
    "cut",
    { status: 200, headers: { etag: '"7"' }, body: { value: 1 } },
    "cut",
  );
  await using client = clientOf(server);
  const read = () => client.get(place, "k");
  await expect(read()).rejects.toThrow("If the server speaks TLS, write the URL with https://");
  await read();
  await expect(read()).rejects.not.toThrow("TLS");
});

test("pages are followed by their cursors until the end", async () => {
  await using server = await serverOf(
    { status: 200, body: { entries: [{ key: "a", value: 1, offset: 1 }], cursor: "next" } },
    { status: 200, body: { entries: [{ key: "b", value: 2, offset: 2 }] } },
  );
  await using client = clientOf(server);
  const read = await Array.fromAsync(pages(client, place, { prefix: "a b" }));
  expect(read.flat().map(({ key }) => key)).toEqual(["a", "b"]);
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v2/app/users?prefix=a+b&limit=1000",
    "/api/v2/app/users?prefix=a+b&limit=1000&cursor=next",
  ]);
});

test("no more is asked for than the limit, which may exceed a page", async () => {
  const entries = Array.from({ length: 1000 }, (_, index) => ({ key: `k${index}`, offset: index }));
  await using server = await ScriptedServer.start((request) => {
    const limit = Number(new URL(request.target, "http://a").searchParams.get("limit"));
    return { status: 200, body: { entries: entries.slice(0, limit), cursor: "next" } };
  });
  await using client = clientOf(server);
  const read = await Array.fromAsync(pages(client, place, { limit: 2500, keysOnly: true }));
  expect(read.map((page) => page.length)).toEqual([1000, 1000, 500]);
  expect(await Array.fromAsync(pages(client, place, { limit: 0 }))).toEqual([]);
});
