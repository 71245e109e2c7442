import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { putting, sending, startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = async (path: string, init?: RequestInit): Promise<Response> =>
  running.app.request(path, init);
const counterSchema = z.object({ value: z.int() });
const offsetOf = async (response: Response): Promise<number> => {
  const body: unknown = await response.json();
  expect(body).toEqual({ offset: expect.any(Number) });
  const offset = Number(/^"(\d+)"$/.exec(response.headers.get("etag") ?? "")?.[1]);
  expect(body).toEqual({ offset });
  return offset;
};

describe("the original surface", () => {
  test.each<[string, unknown]>([
    ["string", "Hello World!"],
    ["object", { message: "JSON!", time: 100 }],
    ["number", 1.5],
    ["null", null],
    ["false", false],
    ["list", [1, [2, { three: 3 }]]],
    ["empty-text", ""],
    ["odd-fields", JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}')],
  ])("PUT, POST, GET and DELETE of a %s", async (key, value) => {
    for (const method of ["PUT", "POST"] as const) {
      const put = await ask(`/api/v1/${key}`, sending(method, { value }));
      expect(put.status).toBe(200);
      const offset = await offsetOf(put);
      const get = await ask(`/api/v1/${key}`);
      expect(get.status).toBe(200);
      expect(get.headers.get("content-type")).toBe("application/json");
      expect(get.headers.get("etag")).toBe(`"${offset}"`);
      expect(Number(get.headers.get("boxerdb-offset"))).toBeGreaterThanOrEqual(offset);
      expect(get.headers.has("boxerdb-lag")).toBe(false);
      expect(await get.json()).toEqual({ value });
    }
    const deleted = await ask(`/api/v1/${key}`, { method: "DELETE" });
    expect(deleted.status).toBe(200);
    await offsetOf(deleted);
    for (const method of ["GET", "DELETE"]) {
      const gone = await ask(`/api/v1/${key}`, { method });
      expect(gone.status).toBe(404);
      expect(gone.headers.get("content-type")).toBe("application/problem+json");
      expect(await gone.json()).toEqual({
        type: "urn:boxerdb:problem:not_found",
        title: "There is no such key",
        status: 404,
        code: "not_found",
        message: `there is no key "${key}" in default/default`,
      });
    }
  });

  test("/api/v1/<key> is short for /api/v2/default/default/<key>", async () => {
    await ask("/api/v1/short", putting(1));
    const long = await ask("/api/v2/default/default/short");
    expect(await long.json()).toEqual({ value: 1 });
  });

  test("HEAD answers as GET does, without the body", async () => {
    await ask("/api/v1/head", putting("🥊"));
    const get = await ask("/api/v1/head");
    const head = await ask("/api/v1/head", { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("etag")).toBe(get.headers.get("etag"));
    expect(head.headers.get("content-type")).toBe("application/json");
    expect(head.headers.get("content-length")).toBe(String(Buffer.byteLength(await get.text())));
    expect(await head.text()).toBe("");
    expect((await ask("/api/v1/none", { method: "HEAD" })).status).toBe(404);
  });

  test("bytes that were put through the embedded engine come as bytes", async () => {
    const bytes = Uint8Array.of(0, 255, 10);
    await running.store.database("default").collection("default").put("bytes", bytes);
    const get = await ask("/api/v1/bytes");
    expect(get.headers.get("content-type")).toBe("application/octet-stream");
    expect(new Uint8Array(await get.arrayBuffer())).toEqual(bytes);
  });
});

describe("collections and databases", () => {
  test("a key is its own in each of them", async () => {
    for (const place of ["a/x", "a/y", "b/x"]) await ask(`/api/v2/${place}/key`, putting(place));
    for (const place of ["a/x", "a/y", "b/x"]) {
      expect(await (await ask(`/api/v2/${place}/key`)).json()).toEqual({ value: place });
    }
  });

  test("a database that does not exist has no keys, and reading or deleting makes none", async () => {
    for (const method of ["GET", "DELETE"]) {
      const response = await ask("/api/v2/nowhere/things/key", { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
    expect(running.store.databases().map(({ name }) => name)).not.toContain("nowhere");
  });

  test.each(["/api/v2/-a/x/key", "/api/v2/a/.x/key", "/api/v2/a%2Fb/x/key", "/api/v2/%5Fa/x/key"])(
    "%s has a name that is not valid",
    async (path) => {
      for (const init of [{}, putting(1), { method: "DELETE" }]) {
        const response = await ask(path, init);
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: "invalid_name" });
      }
    },
  );
});

describe("keys", () => {
  test.each([
    ["a%2Fb", "a/b"],
    ["a%20b", "a b"],
    ["a+b", "a+b"],
    ["%F0%9F%A5%8A", "🥊"],
    ["100%25", "100%"],
    ["a.b", "a.b"],
    ["...", "..."],
    ["%00", "\u0000"],
    ["a;b=c,d:e@f!$&'()*~", "a;b=c,d:e@f!$&'()*~"],
  ])("%s in the path is the key %j", async (segment, key) => {
    await ask(`/api/v1/${segment}`, putting(key));
    expect(await (await ask(`/api/v1/${segment}`)).json()).toEqual({ value: key });
    const stored = running.store.database("default").collection("default");
    expect(await stored.get(key)).toBe(key);
  });

  test("any key comes through", async () => {
    const keys = fc
      .string({ unit: "binary", minLength: 1, maxLength: 200 })
      .filter((key) => key !== "." && key !== "..");
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        const path = `/api/v2/any/keys/${encodeURIComponent(key)}`;
        expect((await ask(path, putting(key))).status).toBe(200);
        expect(await (await ask(path)).json()).toEqual({ value: key });
        expect(await running.store.database("any").collection("keys").get(key)).toBe(key);
      }),
      { numRuns: 50 },
    );
  });

  test("1,024 bytes are the most", async () => {
    const longest = "é".repeat(512);
    expect((await ask(`/api/v1/${encodeURIComponent(longest)}`, putting(1))).status).toBe(200);
    expect((await ask(`/api/v1/${encodeURIComponent(longest)}`)).status).toBe(200);
    for (const init of [{}, putting(1), { method: "DELETE" }]) {
      const response = await ask(`/api/v1/${encodeURIComponent(`${longest}x`)}`, init);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: "invalid_key",
        message: expect.stringContaining("1,024"),
      });
    }
  });

  test.each(["/api/v1/%zz", "/api/v1/a%", "/api/v1/%FF", "/api/v1/%ED%A0%80"])(
    "%s is not well encoded",
    async (path) => {
      for (const init of [{}, putting(1), { method: "DELETE" }]) {
        const response = await ask(path, init);
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: "malformed_target" });
      }
    },
  );

  test.each(["/api/v1/", "/api/v2/a/x/"])("%s has an empty key", async (path) => {
    for (const init of [{}, putting(1), sending("POST", { value: 1 }), { method: "DELETE" }]) {
      const response = await ask(path, init);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_key" });
    }
  });
});

describe("bad input", () => {
  test.each<[string, RequestInit, number, string]>([
    ["malformed JSON", sending("PUT", '{"value":}'), 400, "malformed_json"],
    ["an empty body", sending("PUT", ""), 400, "malformed_json"],
    ["no body", { method: "PUT" }, 400, "malformed_json"],
    ["no value", sending("PUT", {}), 400, "invalid_body"],
    ["an unknown field", sending("PUT", { value: 1, valeu: 2 }), 400, "invalid_body"],
    ["a body that is no object", sending("PUT", [1]), 400, "invalid_body"],
    ["a number beyond all numbers", sending("PUT", '{"value":1e999}'), 400, "invalid_value"],
    ["a lone surrogate", sending("PUT", '{"value":"\\ud800"}'), 400, "invalid_value"],
    [
      "a value that nests too deep",
      sending("PUT", `{"value":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
      400,
      "invalid_value",
    ],
    [
      "another type",
      { method: "PUT", body: '{"value":1}', headers: { "content-type": "text/plain" } },
      415,
      "unsupported_media_type",
    ],
    ["a value beyond the limit", putting("x".repeat(1024 * 1024)), 413, "too_large"],
    ["a body beyond the limit", putting("x".repeat(1024 * 1536)), 413, "too_large"],
    ["a malformed condition", putting(1, { "if-match": "41" }), 400, "invalid_header"],
  ])("%s is refused, and nothing changes", async (_, init, status, code) => {
    await ask("/api/v1/untouched", putting("as it was"));
    for (const method of ["PUT", "POST"]) {
      const response = await ask("/api/v1/untouched", { ...init, method });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ status, code, message: expect.any(String) });
    }
    expect(await (await ask("/api/v1/untouched")).json()).toEqual({ value: "as it was" });
  });

  test("a missing value is told apart from null, and an unknown field is named", async () => {
    const missing = await ask("/api/v1/k", sending("PUT", {}));
    expect(await missing.json()).toMatchObject({
      message: "value: is missing: give any JSON value, null included",
      errors: [{ path: "value", message: "is missing: give any JSON value, null included" }],
    });
    const unknown = await ask("/api/v1/k", sending("PUT", { value: 1, valeu: 2 }));
    expect(await unknown.json()).toMatchObject({ message: '"valeu" is not known here' });
  });

  test("a body beyond the limit is told the limit", async () => {
    const response = await ask("/api/v1/k", putting("x".repeat(1024 * 1536)));
    expect(await response.json()).toMatchObject({ limit: 1024 * 1536, unit: "bytes" });
  });

  test("an unknown query parameter is named", async () => {
    for (const init of [{}, putting(1), { method: "DELETE" }]) {
      const response = await ask("/api/v1/k?colour=red", init);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_query", parameter: "colour" });
    }
  });
});

describe("conditions", () => {
  const put = async (path: string, value: unknown) => offsetOf(await ask(path, putting(value)));

  test("If-Match writes over the offset that was read, and nothing else", async () => {
    const first = await put("/api/v1/c1", 1);
    const second = await offsetOf(
      await ask("/api/v1/c1", putting(2, { "if-match": `"${first}"` })),
    );
    const stale = await ask("/api/v1/c1", putting(3, { "if-match": `"${first}"` }));
    expect(stale.status).toBe(412);
    expect(await stale.json()).toMatchObject({
      code: "precondition_failed",
      collection: "default",
      key: "c1",
      expected: first,
      actual: second,
    });
    expect(await (await ask("/api/v1/c1")).json()).toEqual({ value: 2 });
  });

  test("If-Match deletes likewise", async () => {
    const first = await put("/api/v1/c2", 1);
    const second = await put("/api/v1/c2", 2);
    const remove = (headers: Record<string, string>) =>
      ask("/api/v1/c2", { method: "DELETE", headers });
    expect((await remove({ "if-match": `"${first}"` })).status).toBe(412);
    expect((await remove({ "if-match": `"${second}"` })).status).toBe(200);
    expect((await remove({ "if-match": `"${second}"` })).status).toBe(412);
    expect((await remove({ "if-match": "*" })).status).toBe(412);
    expect((await remove({ "if-none-match": "*" })).status).toBe(404);
    await put("/api/v1/c2", 3);
    expect((await remove({ "if-none-match": "*" })).status).toBe(412);
    expect(await (await ask("/api/v1/c2")).json()).toEqual({ value: 3 });
  });

  test("If-None-Match: * only creates", async () => {
    const create = () => ask("/api/v1/c3", putting(1, { "if-none-match": "*" }));
    expect((await create()).status).toBe(200);
    expect((await create()).status).toBe(412);
    expect((await ask("/api/v1/c3", { method: "DELETE" })).status).toBe(200);
    expect((await create()).status).toBe(200);
  });

  test("If-Match: * only replaces", async () => {
    const replace = () => ask("/api/v1/c4", putting(2, { "if-match": "*" }));
    expect((await replace()).status).toBe(412);
    await put("/api/v1/c4", 1);
    expect((await replace()).status).toBe(200);
    expect((await replace()).status).toBe(200);
  });

  test("lists of tags, tags that are no offsets, weak tags", async () => {
    const offset = await put("/api/v1/c5", 1);
    const status = async (headers: Record<string, string>) =>
      (await ask("/api/v1/c5", { headers })).status;
    const tag = `"${offset}"`;
    expect(await status({ "if-match": `"0", "x", ${tag}` })).toBe(200);
    expect(await status({ "if-match": '"x"' })).toBe(412);
    expect(await status({ "if-match": `"0${offset}"` })).toBe(412);
    // If-Match compares strongly, If-None-Match weakly.
    expect(await status({ "if-match": `W/${tag}` })).toBe(412);
    expect(await status({ "if-none-match": `W/${tag}` })).toBe(304);

    const write = async (headers: Record<string, string>) => {
      const response = await ask("/api/v1/c5", putting(2, headers));
      return response.status === 200 ? await offsetOf(response) : response.status;
    };
    expect(await write({ "if-match": `W/${tag}` })).toBe(412);
    expect(await write({ "if-match": '"x"' })).toBe(412);
    expect(await write({ "if-none-match": tag })).toBe(412);
    expect(await write({ "if-match": tag, "if-none-match": "*" })).toBe(412);
    const next = await write({ "if-match": `"x", ${tag}` });
    expect(next).toBeGreaterThan(offset);
    expect(await write({ "if-none-match": `${tag}, "x"` })).toBeGreaterThan(next);
  });

  test("GET with If-None-Match is 304 while nothing has changed", async () => {
    const offset = await put("/api/v1/c6", 1);
    const headers = { "if-none-match": `"${offset}"` };
    const unchanged = await ask("/api/v1/c6", { headers });
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get("etag")).toBe(`"${offset}"`);
    expect(await unchanged.text()).toBe("");
    expect((await ask("/api/v1/c6", { headers: { "if-none-match": "*" } })).status).toBe(304);
    await put("/api/v1/c6", 2);
    expect((await ask("/api/v1/c6", { headers })).status).toBe(200);
    expect((await ask("/api/v1/none", { headers })).status).toBe(404);
  });

  test("of many writers that read one offset, one wins, and increments are not lost", async () => {
    await put("/api/v1/counter", 0);
    const increment = async (): Promise<void> => {
      const read = await ask("/api/v1/counter");
      const { value } = counterSchema.parse(await read.json());
      const headers = { "if-match": read.headers.get("etag") ?? "" };
      const wrote = await ask("/api/v1/counter", putting(value + 1, headers));
      if (wrote.status === 412) return increment();
      expect(wrote.status).toBe(200);
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await (await ask("/api/v1/counter")).json()).toEqual({ value: 20 });
  });

  test("If-Match: * holds under concurrent writes", async () => {
    await put("/api/v1/busy", 0);
    const writes = Array.from({ length: 20 }, (_, value) =>
      ask("/api/v1/busy", putting(value, { "if-match": "*" })),
    );
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, () => 200),
    );
  });
});
