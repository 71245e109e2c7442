import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { sending, startTestNode, type TestNode } from "../../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode({ api: { maxBatchBodyBytes: 10_000 } });
  const app = running.store.database("app");
  await app.batch([
    { op: "put", collection: "users", key: "ada", value: { born: 1815 } },
    { op: "put", collection: "users", key: "null", value: null },
    { op: "put", collection: "files", key: "a/b 🥊", value: Buffer.from("bytes") },
    { op: "put", collection: "files", key: "large", value: "x".repeat(9_000) },
  ]);
});
afterAll(() => running[Symbol.asyncDispose]());

const get = (body: unknown, database = "app") =>
  running.app.request(`/api/v2/${database}/_get`, sending("POST", body));
const users = (...keys: string[]) => keys.map((key) => ({ collection: "users", key }));

describe("many keys", () => {
  test("are answered in the order in which they are named, with what is absent in its place", async () => {
    const places = [
      { collection: "files", key: "a/b 🥊" },
      ...users("nobody", "ada", "null", "ada"),
      { collection: "none", key: "x" },
    ];
    const response = await get({ keys: places });
    expect(response.status).toBe(200);
    expect(response.headers.get("boxerdb-offset")).toBe("4");
    const ada = { collection: "users", key: "ada", value: { born: 1815 }, offset: 1 };
    expect(await response.json()).toEqual({
      offset: 4,
      entries: [
        { collection: "files", key: "a/b 🥊", base64: "Ynl0ZXM=", offset: 3 },
        { collection: "users", key: "nobody", offset: null },
        ada,
        { collection: "users", key: "null", value: null, offset: 2 },
        ada,
        { collection: "none", key: "x", offset: null },
      ],
    });
  });

  test("tell when they expire", async () => {
    await using other = await startTestNode();
    const expires = Date.now() + 60_000;
    const line = `{"collection": "c", "key": "k", "value": 1, "expires": ${expires}}`;
    await other.app.request("/api/v2/app/_import", sending("POST", line));
    const body = { keys: [{ collection: "c", key: "k" }] };
    const response = await other.app.request("/api/v2/app/_get", sending("POST", body));
    expect(await response.json()).toMatchObject({ entries: [{ value: 1, expires }] });
  });

  test("may be none, in a database without a write too", async () => {
    expect(await (await get({ keys: [] })).json()).toEqual({ offset: 4, entries: [] });
    const before = await get({ keys: users("ada") }, "default");
    expect(await before.json()).toEqual({
      offset: null,
      entries: [{ collection: "users", key: "ada", offset: null }],
    });
    expect((await get({ keys: [] }, "missing")).status).toBe(404);
  });

  test("are as they were at one offset, also where others write while they are read", async () => {
    await using other = await startTestNode();
    const counters = other.store.database("app").collection<number>("users");
    await counters.put("first", 1);
    await counters.put("filler", 0);
    const large = other.store.database("app").collection<string>("files");
    await large.put("large", "x".repeat(300_000));
    // The large one gives others a turn between the two reads.
    const keys = [...users("first"), { collection: "files", key: "large" }, ...users("last")];
    const reading = other.app.request("/api/v2/app/_get", sending("POST", { keys }));
    const answer = await Promise.all([reading, counters.put("last", 1)]).then(([a]) => a.json());
    const { entries } = answer as { entries: { value?: unknown }[] };
    expect([entries[0]?.value, entries[2]?.value]).toEqual([1, undefined]);
  });

  test.each([
    [{}, "invalid_body", "keys: must be a list of keys, each as {collection, key}"],
    [{ keys: ["ada"] }, "invalid_body", "keys[0]: "],
    [{ keys: users("") }, "invalid_key", "the key is empty"],
    [{ keys: [{ collection: "_x", key: "a" }] }, "invalid_name", '"_x" cannot name'],
  ])("%j is refused", async (body, code, message) => {
    const response = await get(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test("may not be more than 10,000", async () => {
    await using other = await startTestNode();
    const keys = Array.from({ length: 10_001 }, (_, index) => ({
      collection: "c",
      key: `${index}`,
    }));
    const response = await other.app.request("/api/v2/default/_get", sending("POST", { keys }));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      code: "too_large",
      limit: 10_000,
      unit: "keys",
    });
    const most = { keys: keys.slice(1) };
    const taken = await other.app.request("/api/v2/default/_get", sending("POST", most));
    expect(taken.status).toBe(200);
  });

  test("are counted before anything is said of them", async () => {
    const response = await get({ keys: Array.from({ length: 10_001 }, () => 1) });
    expect(response.status).toBe(413);
  });

  test("have 16 MiB at most, whatever a batch has", async () => {
    await using other = await startTestNode({ api: { maxBatchBodyBytes: 64 * 1024 * 1024 } });
    const body = Buffer.alloc(16 * 1024 * 1024 + 1, " ");
    const init = { method: "POST", headers: { "content-type": "application/json" }, body };
    const response = await other.app.request("/api/v2/default/_get", init);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ limit: 16 * 1024 * 1024, unit: "bytes" });
  });

  test("whose values are too long together are refused with the limit", async () => {
    const large = { collection: "files", key: "large" };
    expect((await get({ keys: [large] })).status).toBe(200);
    const response = await get({ keys: [large, large] });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "too_large", limit: 10_000 });
  });
});
