import { open as openFile } from "node:fs/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { putting, sending, startTestNode, type TestNode } from "../../../test/test-node.ts";

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  const operations = Array.from({ length: 5_000 }, (_, index) => ({
    op: "put",
    collection: "things",
    key: String(index).padStart(5, "0"),
    value: index,
  }));
  await node.app.request("/api/v2/app/_batch", sending("POST", { operations }));
  await node.app.request("/api/v2/app/few/k", putting(1));
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const line = z.looseObject({
  collection: z.string().optional(),
  through: z.string().nullable().optional(),
  keys: z.number().optional(),
  hash: z.string().optional(),
});

const asked = async (query = "", path = "/api/v2/app/_hash") => {
  const response = await node.app.request(path + query);
  const lines = (await response.text()).trimEnd().split("\n");
  return { response, lines: lines.map((text) => line.parse(JSON.parse(text))) };
};

const newest = 5_001;

describe("the hashes of a database", () => {
  test("come in ranges, between the offset and what they come to", async () => {
    const { response, lines } = await asked();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("boxerdb-offset")).toBe(String(newest));
    const ranges = lines.slice(1, -1);
    expect(lines[0]).toEqual({ offset: newest, expiresAfter: expect.any(Number) });
    expect(ranges[0]).toMatchObject({ collection: "few", through: null, keys: 1 });
    expect(ranges.length).toBeGreaterThan(2);
    expect(ranges.at(-1)).toMatchObject({ collection: "things", through: null });
    const keys = ranges.reduce((sum, { keys = 0 }) => sum + keys, 0);
    expect(lines.at(-1)).toEqual({
      keys,
      bytes: expect.any(Number),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(keys).toBe(5_001);
    expect((await asked(`?offset=${newest}`)).lines.at(-1)).toEqual(lines.at(-1));
  });

  test("come for each key of a part", async () => {
    const { lines } = await asked("?keys&collection=things&gt=00009&lte=00011");
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(lines.slice(1)).toEqual([
      { collection: "things", key: "00010", offset: 11, expires: null, hash },
      { collection: "things", key: "00011", offset: 12, expires: null, hash },
      { keys: 2 },
    ]);
    expect((await asked("?keys&collection=none")).lines.slice(1)).toEqual([{ keys: 0 }]);
    const all = (await asked("?keys=true")).lines;
    expect(all.at(-1)).toEqual({ keys: 5_001 });
    expect(all).toHaveLength(5_003);
  });

  test("are awaited as of an offset to come, and refused as of one that is past", async () => {
    const past = await asked(`?offset=${newest - 1}`);
    expect(past.response.status).toBe(409);
    expect(past.lines[0]).toMatchObject({ code: "offset_passed", offset: newest });
    const early = await asked(`?offset=${newest + 1}&wait=0`);
    expect(early.response.status).toBe(503);
    expect(early.lines[0]).toMatchObject({
      code: "offset_not_reached",
      minOffset: newest + 1,
      offset: newest,
    });
    await node.app.request("/api/v2/later/c/k", putting(0));
    const awaited = asked("?offset=3&wait=60", "/api/v2/later/_hash");
    for (const value of [1, 2, 3, 4]) await node.app.request("/api/v2/later/c/k", putting(value));
    expect((await awaited).lines[0]).toMatchObject({ offset: 3 });
    expect(node.store.database("later").status()?.openSnapshots).toBe(0);
  });

  test("know no expiry that lies before the time of the node", async () => {
    const { response, lines } = await asked("?expiresAfter=1000");
    expect(response.status).toBe(400);
    expect(lines[0]).toMatchObject({ code: "invalid_query", parameter: "expiresAfter" });
    expect(node.store.database("app").status()?.openSnapshots).toBe(0);
    const later = Date.now() + 60_000;
    expect((await asked(`?expiresAfter=${later}`)).lines[0]).toMatchObject({ expiresAfter: later });
  });

  test("are not for pages of other sites, nor of what is not there", async () => {
    const page = { headers: { "sec-fetch-site": "cross-site" } };
    expect((await node.app.request("/api/v2/app/_hash", page)).status).toBe(403);
    expect((await node.app.request("/api/v2/none/_hash")).status).toBe(404);
    expect((await asked("", "/api/v2/default/_hash")).lines).toEqual([
      { offset: null, expiresAfter: expect.any(Number) },
      { keys: 0, bytes: 0, hash: expect.any(String) },
    ]);
    const head = await node.app.request("/api/v2/app/_hash", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("end in the problem where a record is damaged", async () => {
    await using broken = await startTestNode({ store: { memoryBytes: 0 } });
    await broken.app.request("/api/v1/k", putting("a value"));
    const path = broken.store.database("default").open?.log.segments[0]?.path ?? "";
    await using file = await openFile(path, "r+");
    await file.write("another", (await file.readFile()).indexOf("a value"));
    const response = await broken.app.request("/api/v2/default/_hash");
    const last = (await response.text()).trimEnd().split("\n").at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ problem: { status: 500, code: "corrupt" } });
  });
});
