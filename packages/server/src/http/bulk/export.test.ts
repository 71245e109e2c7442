import { FaultyFileSystem, MemoryFileSystem, processLocalLocker } from "@boxerdb/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { eventually } from "../../../test/eventually.ts";
import { startTestNode, type TestNode } from "../../../test/test-node.ts";

import { ExportStream } from "./export-stream.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
  await running.store.database("app").batch([
    { op: "put", collection: "users", key: "b", value: 2 },
    { op: "put", collection: "users", key: "a", value: { name: 'ü "🥊"\n' } },
    { op: "put", collection: "files", key: "bytes", value: Buffer.from([0, 255]) },
    { op: "put", collection: "users", key: "gone", value: 1, ttlMs: 1 },
    { op: "put", collection: "users", key: "later", value: 1, ttlMs: 3_600_000 },
  ]);
});
afterAll(() => running[Symbol.asyncDispose]());

const exported = (query = "", init: RequestInit = {}) =>
  running.app.request(`/api/v2/app/_export${query}`, init);
const linesOf = async (response: Response): Promise<unknown[]> => {
  const text = await response.text();
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
};

describe("an export", () => {
  test("has a line for each document, in the order of collections and keys", async () => {
    await eventually(() =>
      expect(running.store.database("app").collection("users").getSync("gone")).toBeUndefined(),
    );
    const response = await exported();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(response.headers.get("boxerdb-offset")).toBe("5");
    expect(await linesOf(response)).toEqual([
      { collection: "files", key: "bytes", base64: "AP8=" },
      { collection: "users", key: "a", value: { name: 'ü "🥊"\n' } },
      { collection: "users", key: "b", value: 2 },
      { collection: "users", key: "later", value: 1, expires: expect.any(Number) },
    ]);
  });

  test("may be of one collection, or of keys with a prefix", async () => {
    expect(await linesOf(await exported("?collection=files"))).toHaveLength(1);
    expect(await linesOf(await exported("?prefix=b"))).toMatchObject([
      { collection: "files", key: "bytes" },
      { collection: "users", key: "b" },
    ]);
    expect(await linesOf(await exported("?collection=none"))).toEqual([]);
  });

  test("of a database without a write is empty, of none a 404", async () => {
    const empty = await running.app.request("/api/v2/default/_export");
    expect([empty.status, empty.headers.get("boxerdb-offset")]).toEqual([200, null]);
    expect(await empty.text()).toBe("");
    expect((await running.app.request("/api/v2/missing/_export")).status).toBe(404);
  });

  test("answers HEAD with the same headers and no body", async () => {
    const head = await exported("", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("boxerdb-offset")).toBe("5");
  });

  test.each([
    ["?limit=3", "invalid_query"],
    ["?collection=_progress", "invalid_name"],
  ])("refuses %s", async (query, code) => {
    const response = await exported(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
  });

  test("shows what there was when it began, and goes no faster than it is read", async () => {
    const app = running.store.database("slow");
    const texts = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(3, "0"));
    await app.batch(
      texts.map((key) => ({ op: "put", collection: "c", key, value: "x".repeat(10_000) })),
    );
    const stream = new ExportStream(app, {});
    const first = await stream.next();
    const begun = stream.documents;
    expect(begun).toBeLessThan(10);
    await app.collection("c").put("000", "changed");
    await app.collection("c").put("039", "changed");
    await app.collection("c").put("100", "new");
    const rest = await Array.fromAsync(stream);
    const text = Buffer.concat([first.value ?? Buffer.alloc(0), ...rest]).toString();
    expect(text.match(/"x{10000}"/g)).toHaveLength(40);
    expect(text).not.toContain("changed");
    expect(text).not.toContain("new");
  });
});

describe("an export that cannot go on", () => {
  test("ends with an error, so that it does not look complete", async () => {
    let failing = false;
    const fileSystem = new FaultyFileSystem(new MemoryFileSystem(), ({ kind }) =>
      failing && kind === "read"
        ? Object.assign(new Error("EIO: the disk failed"), { code: "EIO" })
        : undefined,
    );
    await using node = await startTestNode({
      store: { fileSystem, locker: processLocalLocker(), memoryBytes: 0 },
    });
    const app = node.store.database("app");
    for (let index = 0; index < 30; index++) {
      await app.collection("c").put(`${index}`.padStart(3, "0"), "x".repeat(10_000));
    }
    const response = await node.app.request("/api/v2/app/_export");
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    failing = true;
    await expect(
      (async () => {
        while ((await reader?.read())?.done === false);
      })(),
    ).rejects.toThrow("EIO");
  });
});
