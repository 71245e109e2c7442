import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putting, startTestNode, type TestNode } from "../../test/test-node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode({ store: { segmentBytes: 4096, compaction: "manual" } });
  for (let round = 0; round < 6; round++) {
    for (const database of ["one", "two"]) {
      await node.app.request(`/api/v2/${database}/c/k`, putting(`${round}`.repeat(2_000)));
    }
  }
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const post = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  node.app.request(path, { method: "POST", headers });

const lines = async (response: Response): Promise<unknown[]> =>
  (await response.text())
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

const asLines = { accept: "application/x-ndjson" };

describe("_verify", () => {
  test("checks all databases, or one", async () => {
    const all = await post("/api/v2/_verify");
    expect(all.status).toBe(200);
    expect(await all.json()).toMatchObject({
      ok: true,
      databases: [
        { name: "one", damage: [], index: { keys: 1, confirmed: 1 } },
        { name: "two", damage: [] },
      ],
    });
    const one = await post("/api/v2/two/_verify");
    expect(await one.json()).toMatchObject({ ok: true, databases: [{ name: "two" }] });
  });

  test("tells its progress in lines to whoever wants them", async () => {
    const response = await post("/api/v2/_verify", asLines);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const told = await lines(response);
    expect(told[0]).toEqual({ progress: { readBytes: 0, totalBytes: expect.any(Number) } });
    expect(told.at(-1)).toMatchObject({ result: { ok: true } });
  });

  test.each([
    ["application/x-ndjson;q=0", "application/json"],
    ["application/json, application/x-ndjson;q=0.5", "application/json"],
    ["Application/X-NDJSON, */*;q=0.1", "application/x-ndjson"],
    ["*/*", "application/json"],
  ])("asked for as %s is %s", async (accept, type) => {
    const response = await post("/api/v2/_verify", { accept });
    expect(response.headers.get("content-type")).toBe(type);
    await response.text();
  });
});

describe("_compact", () => {
  test("frees what was replaced, in one database or in all", async () => {
    const one = await post("/api/v2/one/_compact");
    expect(one.status).toBe(200);
    const told = await lines(one);
    expect(told).toEqual([
      {
        databases: [
          {
            name: "one",
            bytesBefore: expect.any(Number),
            bytesAfter: expect.any(Number),
            runs: expect.any(Number),
          },
        ],
      },
    ]);
    const sizes = () => node.store.status().databases.map(({ bytes }) => bytes);
    const [oneBytes = 0, twoBytes = 0] = sizes();
    expect(oneBytes).toBeLessThan(twoBytes);
    const all = await lines(await post("/api/v2/_compact", asLines));
    expect(all.at(-1)).toMatchObject({
      result: { databases: [{ name: "one", runs: 0 }, { name: "two" }] },
    });
    expect(sizes()[1]).toBeLessThan(twoBytes);
    expect(await (await node.app.request("/api/v2/two/c/k")).json()).toEqual({
      value: "5".repeat(2_000),
    });
  });
});

test.each(["_verify", "_compact"])("%s refuses what it cannot mean", async (action) => {
  expect((await post(`/api/v2/none/${action}`)).status).toBe(404);
  expect((await post(`/api/v2/none/${action}`, asLines)).status).toBe(404);
  expect((await post(`/api/v2/${action}?deep=1`)).status).toBe(400);
  expect((await node.app.request(`/api/v2/${action}`)).status).toBe(405);
  // A page of another site, which could send this without being asked.
  const fromPage = { "content-type": "text/plain", origin: "https://example.com" };
  expect((await post(`/api/v2/${action}`, fromPage)).status).toBe(415);
  const byPage = { "sec-fetch-site": "cross-site" };
  expect((await post(`/api/v2/${action}`, byPage)).status).toBe(415);
});

test("what fails while lines are told is the last line, as it would have been answered", async () => {
  await using other = await startTestNode();
  await other.app.request("/api/v2/one/c/k", putting(1));
  await other.store.close();
  const response = await other.app.request("/api/v2/_verify", { method: "POST", headers: asLines });
  expect((await lines(response)).at(-1)).toMatchObject({
    problem: { status: 503, code: "not_ready" },
  });
});
