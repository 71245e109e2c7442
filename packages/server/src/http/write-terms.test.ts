import { systemClock, timestampMs } from "@boxerdb/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putting, sending, startTestNode, type TestNode } from "../../test/test-node.ts";

let nowMs = 1_700_000_000_000;
let running: TestNode;
beforeAll(async () => {
  const clock = { ...systemClock, now: () => timestampMs(nowMs) };
  running = await startTestNode({ store: { clock } });
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = async (path: string, init?: RequestInit): Promise<Response> =>
  running.app.request(path, init);
const valueOf = async (path: string): Promise<unknown> => (await ask(path)).json();

describe("ttl", () => {
  test("lets a value expire, and both answers and listings tell when", async () => {
    expect((await ask("/api/v2/ttl/c/k?ttl=60", putting(1))).status).toBe(200);
    const get = await ask("/api/v2/ttl/c/k");
    expect(get.headers.get("boxerdb-expires")).toBe(String(nowMs + 60_000));
    const entries = [{ key: "k", value: 1, offset: 1, expires: nowMs + 60_000 }];
    expect(await valueOf("/api/v2/ttl/c")).toEqual({ entries });
    nowMs += 59_999;
    expect(await valueOf("/api/v2/ttl/c/k")).toEqual({ value: 1 });
    nowMs += 1;
    expect((await ask("/api/v2/ttl/c/k")).status).toBe(404);
    expect(await valueOf("/api/v2/ttl/c")).toEqual({ entries: [] });
  });

  test("is lifted by a write without it", async () => {
    await ask("/api/v1/lifted?ttl=1", putting(1));
    await ask("/api/v1/lifted", putting(2));
    nowMs += 10_000;
    const get = await ask("/api/v1/lifted");
    expect(get.headers.has("boxerdb-expires")).toBe(false);
    expect(await get.json()).toEqual({ value: 2 });
  });

  test("is a field of a batch's operations", async () => {
    const operation = (key: string, ttl?: number) => ({
      op: "put",
      collection: "batched",
      key,
      value: 1,
      ...(ttl !== undefined && { ttl }),
    });
    const operations = [operation("a", 5), operation("b")];
    expect((await ask("/api/v2/ttl/_batch", sending("POST", { operations }))).status).toBe(200);
    expect(await valueOf("/api/v2/ttl/batched")).toMatchObject({
      entries: [{ key: "a", expires: nowMs + 5_000 }, { key: "b" }],
    });
    nowMs += 5_000;
    expect(await valueOf("/api/v2/ttl/batched")).toMatchObject({ entries: [{ key: "b" }] });
    for (const ttl of [0, 1.5, -1, 4_000_000_000]) {
      const refused = await ask(
        "/api/v2/ttl/_batch",
        sending("POST", { operations: [operation("a", ttl)] }),
      );
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ errors: [{ path: "operations[0].ttl" }] });
    }
  });

  test.each(["0", "-1", "1.5", "abc", "", "4000000000", "1&ttl=2"])(
    "%j is refused",
    async (ttl) => {
      const response = await ask(`/api/v1/refused?ttl=${ttl}`, putting(1));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_query", parameter: "ttl" });
      expect((await ask("/api/v1/refused")).status).toBe(404);
    },
  );

  test("means nothing to a DELETE or a GET", async () => {
    for (const method of ["DELETE", "GET"]) {
      expect((await ask("/api/v1/k?ttl=1", { method })).status).toBe(400);
    }
  });
});

describe("durability", () => {
  test.each(["disk", "os"])("%s is taken by every write", async (durability) => {
    const query = `?durability=${durability}`;
    const operations = [{ op: "put", collection: "c", key: "k", value: 1 }];
    expect((await ask(`/api/v1/durable${query}`, putting(1))).status).toBe(200);
    expect((await ask(`/api/v1/durable${query}`, { method: "DELETE" })).status).toBe(200);
    const batch = await ask(`/api/v2/app/_batch${query}`, sending("POST", { operations }));
    expect(batch.status).toBe(200);
  });

  test("of another kind is refused", async () => {
    const response = await ask("/api/v1/durable?durability=tape", putting(1));
    expect(await response.json()).toMatchObject({
      code: "invalid_query",
      message: '"durability" must be disk or os',
    });
  });
});

describe("Idempotency-Key", () => {
  const keyed = (key: string) => ({ "idempotency-key": key });
  /** Sends a request twice; the second must tell what the first did, and that it is a replay. */
  const twice = async (path: string, init: RequestInit, between?: () => Promise<unknown>) => {
    const first = await ask(path, init);
    expect(first.status).toBe(200);
    expect(first.headers.has("idempotency-replayed")).toBe(false);
    await between?.();
    const second = await ask(path, init);
    expect(second.status).toBe(200);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(await second.json()).toEqual(await first.json());
  };

  test("has a PUT and a POST done once", async () => {
    await twice("/api/v1/once", putting(1, keyed("put")), () =>
      ask("/api/v1/once", putting("newer")),
    );
    await twice("/api/v1/once", sending("POST", { value: 2 }, keyed("post")), () =>
      ask("/api/v1/once", putting("newer")),
    );
    expect(await valueOf("/api/v1/once")).toEqual({ value: "newer" });
  });

  test("has a DELETE done once", async () => {
    await ask("/api/v1/gone", putting(1));
    const init = { method: "DELETE", headers: keyed("delete") };
    await twice("/api/v1/gone", init, () => ask("/api/v1/gone", putting(2)));
    expect(await valueOf("/api/v1/gone")).toEqual({ value: 2 });
  });

  test("has a batch done once", async () => {
    const operations = [
      { op: "put", collection: "c", key: "k", value: 1, ttl: 60 },
      { op: "delete", collection: "c", key: "l" },
    ];
    const checks = [{ collection: "c", key: "k", offset: null }];
    await twice("/api/v2/once/_batch", sending("POST", { checks, operations }, keyed("batch")));
    expect(await valueOf("/api/v2/once")).toMatchObject({ keys: 1 });
  });

  test.each<[string, (offset: number) => Record<string, string>]>([
    ["If-None-Match: *", () => ({ "if-none-match": "*" })],
    ["If-Match with an offset", (offset) => ({ "if-match": `"${offset}"` })],
    ["If-Match with several", (offset) => ({ "if-match": `"${offset}", "999999"` })],
    ["If-Match: *", () => ({ "if-match": "*" })],
  ])("replays a write under %s, though that holds no more", async (name, condition) => {
    const path = `/api/v1/${encodeURIComponent(name)}`;
    const isCreated = name === "If-None-Match: *";
    const first = isCreated ? undefined : await ask(path, putting(0));
    const offset = Number(first?.headers.get("etag")?.replaceAll('"', ""));
    const headers = { ...keyed(name), ...condition(offset) };
    await twice(path, putting(1, headers), () => ask(path, { method: "DELETE" }));
    if (isCreated) return;
    await ask(path, putting(2));
    const other = { ...keyed(`${name} other`), ...condition(offset) };
    if (name === "If-Match: *") return;
    expect((await ask(path, putting(1, other))).status).toBe(412);
  });

  test("with another write is refused", async () => {
    await ask("/api/v1/first", putting(1, keyed("reused")));
    for (const [path, init] of [
      ["/api/v1/first", putting(2, keyed("reused"))],
      ["/api/v1/second", putting(1, keyed("reused"))],
      ["/api/v1/first?ttl=5", putting(1, keyed("reused"))],
      ["/api/v1/first", { method: "DELETE", headers: keyed("reused") }],
    ] as const) {
      const response = await ask(path, init);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: "idempotency_key_reused" });
    }
    expect(await valueOf("/api/v1/first")).toEqual({ value: 1 });
    expect((await ask("/api/v1/second")).status).toBe(404);
  });

  test("is free again after a refusal", async () => {
    const stale = { ...keyed("refused"), "if-match": '"999999"' };
    expect((await ask("/api/v1/refusal", putting(1, stale))).status).toBe(412);
    expect((await ask("/api/v1/refusal", putting(2, keyed("refused")))).status).toBe(200);
  });

  test("may stand in quotes, as the draft wants it", async () => {
    const first = await ask("/api/v1/quoted", putting(1, keyed('"a\\"b"')));
    const second = await ask("/api/v1/quoted", putting(1, keyed('a"b')));
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
  });

  test.each(["", "x".repeat(256), "é"])("%j is refused", async (key) => {
    const response = await ask("/api/v1/bad", putting(1, keyed(key)));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_header",
      header: "idempotency-key",
    });
    expect((await ask("/api/v1/bad")).status).toBe(404);
  });

  test("leaves no trace in what the API shows", async () => {
    await ask("/api/v2/traceless/c/k", putting(1, keyed("hidden")));
    expect(await valueOf("/api/v2/traceless")).toMatchObject({
      keys: 1,
      collections: [{ name: "c", keys: 1 }],
    });
    expect((await ask("/api/v2/traceless/%5Fidempotency/hidden")).status).toBe(400);
  });
});
