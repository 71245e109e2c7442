/** What a follower answers while its copy shows no state that its leader was in. */
import { logOffset, nothingMissed, type OpenDatabase } from "@boxerdb/engine";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { peerUrlOf, putting, sending, startTestNode, type TestNode } from "./test-node.ts";

/** What the copy holds, and what it needs to show a state that was. */
const [held, needed] = [4, 9];

let follower: TestNode;
beforeAll(async () => {
  const leader = await startTestNode();
  follower = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leader) },
  });
  for (let value = 1; value < held; value++) await leader.app.request("/api/v1/k", putting(value));
  await eventually(() => expect(copy().highWatermark).toBe(held));
  // Nothing comes any more.
  await leader[Symbol.asyncDispose]();
});
afterAll(() => follower[Symbol.asyncDispose]());

beforeEach(async () => {
  await copy().wholeness.noteMissed({ ...nothingMissed, wholeFrom: logOffset(needed) });
});

function copy(): OpenDatabase {
  const { open } = follower.store.database("default");
  if (open === undefined) throw new Error("the follower has no copy yet");
  return open;
}

const comeToBeWhole = (): void => copy().wholeness.noteCommittedEnd(logOffset(held));

const importing = { "idempotency-key": "i", "content-type": "application/x-ndjson" };
const reads: [path: string, init?: RequestInit][] = [
  ["/api/v1/k"],
  ["/api/v1/absent"],
  ["/api/v1/k?consistency=local"],
  ["/api/v2/default/default/k"],
  ["/api/v1"],
  ["/api/v1?count=true&limit=0"],
  ["/api/v2/default/_get", sending("POST", { keys: [{ collection: "default", key: "k" }] })],
  ["/api/v2/default/_export"],
  ["/api/v2/default/_import", { headers: importing }],
  ["/api/v2/default/_changes"],
  ["/api/v2/default/_changes?from=now&wait=30"],
  ["/api/v2/default/_changes?follow=true"],
  ["/api/v2/default/_changes", { headers: { accept: "text/event-stream" } }],
  ["/api/v2/default/_hash"],
  [`/api/v2/default/_hash?offset=${held - 1}`],
  ["/api/v2/_backup"],
];

test.each(reads)("%s says how far the copy is", async (path, init) => {
  const response = await follower.app.request(path, init);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.json()).toMatchObject({
    code: "catching_up",
    message: expect.stringContaining(`it holds ${held} of the ${needed} records`),
    offset: held - 1,
    neededOffset: needed - 1,
  });
});

test.each(["/api/v1/k", "/api/v2/default/_export"])("HEAD %s is refused too", async (path) => {
  expect((await follower.app.request(path, { method: "HEAD" })).status).toBe(503);
});

test("a read that names an offset waits until the copy has all", async () => {
  const headers = { "boxerdb-min-offset": "1" };
  const late = await follower.app.request("/api/v1/k?wait=0", { headers });
  expect(await late.json()).toMatchObject({ code: "offset_not_reached", minOffset: 1 });
  const waiting = follower.app.request("/api/v1/k?wait=60", { headers });
  comeToBeWhole();
  expect(await (await waiting).json()).toEqual({ value: held - 1 });
});

test("a page of changes that waits gets none of a state that never was", async () => {
  comeToBeWhole();
  const page = follower.app.request("/api/v2/default/_changes?from=now&wait=1");
  await copy().wholeness.noteMissed({ ...nothingMissed, wholeFrom: logOffset(needed) });
  expect(await (await page).text()).toBe("");
});

test("all is answered as soon as the copy has all", async () => {
  comeToBeWhole();
  for (const path of ["/api/v1/k", "/api/v1", "/api/v2/default/_changes"]) {
    expect((await follower.app.request(path)).status).toBe(200);
  }
});

describe("a node with such a copy", () => {
  test.each(["/readyz", "/follower", "/follower?lag=1000000"])("%s: is not ready", async (path) => {
    const response = await follower.app.request(path);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "unavailable",
      reason: "a copy of a database is catching up: see /status",
    });
  });

  test("says why at /status, and what it has", async () => {
    const status = await (await follower.app.request("/status")).json();
    expect(status).toMatchObject({
      ready: false,
      reason: expect.stringContaining(`it holds ${held} of the ${needed} records`),
      databases: [{ offsets: { applied: held, wholeFrom: needed } }],
    });
    expect((await follower.app.request("/api/v2/default")).status).toBe(200);
    expect((await follower.app.request("/livez")).status).toBe(200);
  });

  test("is ready when it has all", async () => {
    comeToBeWhole();
    expect((await follower.app.request("/readyz")).status).toBe(200);
  });
});
