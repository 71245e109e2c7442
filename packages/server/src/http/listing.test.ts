import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { putting, startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = (path: string, init?: RequestInit) => running.app.request(path, init);

const pageSchema = z.strictObject({
  entries: z.array(
    z.strictObject({
      key: z.string(),
      value: z.unknown().optional(),
      base64: z.string().optional(),
      offset: z.number(),
    }),
  ),
  cursor: z.string().optional(),
  count: z.number().optional(),
});

async function page(path: string) {
  const response = await ask(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  const body = pageSchema.parse(await response.json());
  const link = response.headers.get("link");
  const next = link === null ? undefined : /^<(\/[^>]*)>; rel="next"$/.exec(link)?.[1];
  expect(next !== undefined).toBe(body.cursor !== undefined);
  return { ...body, keys: body.entries.map(({ key }) => key), next };
}

/** Follows the links from page to page. */
async function walk(path: string): Promise<string[]> {
  const keys: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const read: Awaited<ReturnType<typeof page>> = await page(next);
    keys.push(...read.keys);
    next = read.next;
  }
  return keys;
}

describe("a listing", () => {
  const keys = ["a", "a/1", "a/2", "b", "b c", "ä", "🥊", "\ufffd"];
  // U+FFFD sorts before the astral U+1F94A by bytes, and after it by UTF-16 code units.
  const inOrder = ["a", "a/1", "a/2", "b", "b c", "ä", "\ufffd", "🥊"];
  beforeAll(async () => {
    for (const key of keys) {
      await ask(`/api/v2/list/things/${encodeURIComponent(key)}`, putting({ key }));
    }
  });

  test("has key, value and offset of each, in the order of the bytes", async () => {
    const { entries, cursor, count } = await page("/api/v2/list/things");
    expect(entries.map(({ key }) => key)).toEqual(inOrder);
    expect(entries.map(({ value }) => value)).toEqual(inOrder.map((key) => ({ key })));
    const stored = running.store.database("list").collection("things");
    for (const { key, offset } of entries) expect(stored.getEntry(key)?.offset).toBe(offset);
    expect([cursor, count]).toEqual([undefined, undefined]);
  });

  test.each([
    ["prefix=a", ["a", "a/1", "a/2"]],
    ["prefix=a%2F", ["a/1", "a/2"]],
    ["prefix=", inOrder],
    ["gt=a&lt=b", ["a/1", "a/2"]],
    ["gte=a&lte=b", ["a", "a/1", "a/2", "b"]],
    ["gt=b+c", ["ä", "\ufffd", "🥊"]],
    ["reverse=true&limit=2", ["🥊", "\ufffd"]],
    ["prefix=a&reverse", ["a/2", "a/1", "a"]],
    ["limit=3", ["a", "a/1", "a/2"]],
    ["limit=0", []],
    ["gt=zz&lt=a", []],
  ])("%s", async (query, listed) => {
    expect((await page(`/api/v2/list/things?${query}`)).keys).toEqual(listed);
  });

  test("keysOnly leaves the values out", async () => {
    const { entries } = await page("/api/v2/list/things?keysOnly=true&prefix=a");
    expect(entries).toEqual([
      { key: "a", offset: expect.any(Number) },
      { key: "a/1", offset: expect.any(Number) },
      { key: "a/2", offset: expect.any(Number) },
    ]);
  });

  test("count counts the range, not the page", async () => {
    const all = await page("/api/v2/list/things?count=true&limit=2");
    expect(all).toMatchObject({ keys: ["a", "a/1"], count: 8 });
    expect(await page("/api/v2/list/things?count&limit=0&prefix=a")).toMatchObject({
      keys: [],
      count: 3,
    });
    expect(await page(all.next ?? "")).toMatchObject({ keys: ["a/2", "b"], count: 8 });
  });

  test.each(["", "&reverse=true", "&prefix=a", "&gte=a%2F1&lt=%F0%9F%A5%8A", "&gt=a&reverse"])(
    "page by page it is as in one go (%s)",
    async (query) => {
      const { keys: atOnce } = await page(`/api/v2/list/things?limit=100${query}`);
      for (const limit of [1, 2, 3]) {
        expect(await walk(`/api/v2/list/things?limit=${limit}${query}`)).toEqual(atOnce);
      }
    },
  );

  test("the cursor works with the same parameters, by hand", async () => {
    const { cursor } = await page("/api/v2/list/things?limit=3");
    const { keys: rest } = await page(`/api/v2/list/things?limit=100&cursor=${cursor}`);
    expect(rest).toEqual(inOrder.slice(3));
  });

  test("GET /api/v1 lists the default collection, also before its first key", async () => {
    await using fresh = await startTestNode();
    const empty = await fresh.app.request("/api/v1");
    expect(empty.status).toBe(200);
    expect(await empty.json()).toEqual({ entries: [] });
    await fresh.app.request("/api/v1/k", putting(1));
    expect(await (await fresh.app.request("/api/v1")).json()).toMatchObject({
      entries: [{ key: "k", value: 1 }],
    });
  });

  test("an unknown collection is empty, an unknown database is not found", async () => {
    expect((await page("/api/v2/list/others")).keys).toEqual([]);
    const response = await ask("/api/v2/nowhere/things");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "database_not_found" });
  });

  test("bytes are told in base64", async () => {
    await running.store.database("list").collection("bytes").put("k", Uint8Array.of(0, 255));
    expect((await page("/api/v2/list/bytes")).entries).toEqual([
      { key: "k", base64: "AP8=", offset: expect.any(Number) },
    ]);
  });

  test("HEAD works as GET does", async () => {
    const response = await ask("/api/v2/list/things", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.has("boxerdb-offset")).toBe(true);
  });

  test.each([
    ["limit=1001", "limit"],
    ["limit=x", "limit"],
    ["reverse=maybe", "reverse"],
    ["start=a", "start"],
    ["cursor=garbage", "cursor"],
    ["cursor=", "cursor"],
    [`cursor=${Buffer.from('{"v":9}').toString("base64url")}`, "cursor"],
    ["gt=%zz", undefined],
  ])("%s is refused, and the parameter named", async (query, parameter) => {
    const response = await ask(`/api/v2/list/things?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject(parameter === undefined ? {} : { parameter });
  });

  test("a cursor of the other direction is refused", async () => {
    const { cursor } = await page("/api/v2/list/things?limit=1");
    const response = await ask(`/api/v2/list/things?limit=1&reverse=true&cursor=${cursor}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_cursor" });
  });

  test("a page ends early when its values are large, and the walk still sees all", async () => {
    const value = "x".repeat(1000 * 1000);
    const large = ["1", "2", "3", "4", "5", "6", "7"];
    for (const key of large) await ask(`/api/v2/list/large/${key}`, putting(value));
    const { keys: first } = await page("/api/v2/list/large");
    expect(first.length).toBeLessThan(large.length);
    expect(await walk("/api/v2/list/large")).toEqual(large);
  });
});

test("a walk under concurrent writes sees every key that stays, once and in order", async () => {
  const key = (n: number): string => String(n).padStart(4, "0");
  const stays = Array.from({ length: 100 }, (_, n) => key(n * 10));
  const collection = running.store.database("walk").collection("keys");
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.boolean())),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      async (changes, limit, reverse) => {
        for (const stay of stays) await collection.put(stay, "stays");
        const seen: string[] = [];
        let next: string | undefined = `/api/v2/walk/keys?limit=${limit}&reverse=${reverse}`;
        while (next !== undefined) {
          const read: Awaited<ReturnType<typeof page>> = await page(next);
          seen.push(...read.keys);
          next = read.next;
          for (const [n, put] of changes.take(5)) {
            // The multiples of ten stay.
            const changed = key(n % 10 === 0 ? n + 1 : n);
            await (put ? collection.put(changed, "comes") : collection.delete(changed));
          }
        }
        const sorted = seen.toSorted();
        expect(seen).toEqual(reverse ? sorted.toReversed() : sorted);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((k) => stays.includes(k)).toSorted()).toEqual(stays);
      },
    ),
    { numRuns: 10 },
  );
});
