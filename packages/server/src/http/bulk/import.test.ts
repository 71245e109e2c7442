import { gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestNode, type TestNode } from "../../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode({ store: { maxValueBytes: 1_000 }, api: { maxBodyBytes: 2_000 } });
});
afterAll(() => running[Symbol.asyncDispose]());

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

const lineType = { "content-type": "application/x-ndjson" };
const imported = (
  database: string,
  body: Body,
  headers: Record<string, string> = {},
  query = "",
): Promise<Response> =>
  Promise.resolve(
    running.app.request(`/api/v2/${database}/_import${query}`, {
      method: "POST",
      headers: { ...lineType, ...headers },
      body,
      duplex: "half",
    }),
  );
const progressOf = (database: string, id?: string) =>
  running.app.request(`/api/v2/${database}/_import`, {
    headers: id === undefined ? {} : { "idempotency-key": id },
  });

const line = (key: string, value: unknown = key) => JSON.stringify({ key, value });
const lines = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, index) => `${line(`k${index + from}`)}\n`).join("");
const keysIn = (database: string): number =>
  running.store.database(database).collection("default").count();
/** How many records the log has, those of progress included. */
const recordsIn = (database: string): number | undefined =>
  running.store.database(database).status()?.endOffset;

describe("an import", () => {
  test("stores each line, in its collection or in the one that is named", async () => {
    const body = [
      '{"collection": "c", "key": "a", "value": {"x": [1, null]}}',
      "",
      '  \r\n{"key": "b", "base64": "AP8="}\r',
      '{"key": "c", "value": 1, "expires": 4102444800000}',
      '{"key": "b", "value": "later wins"}',
    ].join("\n");
    const response = await imported("one", body, {}, "?collection=rest");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ documents: 4, lines: 6, offset: 4 });
    expect(response.headers.get("boxerdb-offset")).toBe("4");
    const database = running.store.database("one");
    expect(database.collection("c").getSync("a")).toEqual({ x: [1, null] });
    expect(database.collection("rest").getSync("b")).toBe("later wins");
    expect(database.collection("rest").getEntry("c")?.expires).toBe(4102444800000);
  });

  test("of nothing is done, and writes nothing", async () => {
    const response = await imported("nothing", "\n\n");
    expect(await response.json()).toEqual({ documents: 0, lines: 0, offset: null });
    expect(running.store.database("nothing").exists).toBe(false);
  });

  test("takes what export gives", async () => {
    await imported("source", lines(2_500));
    await imported("source", '{"collection": "files", "key": "b", "base64": "AP8="}');
    const text = await (await running.app.request("/api/v2/source/_export")).text();
    expect((await imported("target", text)).status).toBe(200);
    expect(await (await running.app.request("/api/v2/target/_export")).text()).toBe(text);
  });

  test.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("may be compressed by %s", async (encoding, compress) => {
    const body = Buffer.from(compress(lines(3_000)));
    const response = await imported(encoding, body, { "content-encoding": encoding });
    expect(await response.json()).toMatchObject({ documents: 3_000 });
    const cut = await imported(encoding, body.subarray(0, -9), { "content-encoding": encoding });
    expect(cut.status).toBe(400);
    expect(await cut.json()).toMatchObject({ code: "malformed_encoding" });
    const other = await imported(encoding, "no gzip", { "content-encoding": encoding });
    expect(await other.json()).toMatchObject({ code: "malformed_encoding", documents: 0 });
  });

  test.each([
    ["an encoding that is not read", { "content-encoding": "br" }, "", 415],
    ["a type that is not lines", { "content-type": "text/plain" }, "", 415],
    [
      "a page's form",
      { "content-type": "application/x-www-form-urlencoded", origin: "x" },
      "",
      415,
    ],
    ["a condition", { "if-match": '"1"' }, "", 400],
    ["an id that is too long", { "idempotency-key": "x".repeat(256) }, "", 400],
    ["an unknown parameter", {}, "?limit=1", 400],
    ["a bad collection", {}, "?collection=_x", 400],
  ])("with %s is refused before it is read", async (_, headers, query, status) => {
    expect((await imported("refused", lines(1), headers, query)).status).toBe(status);
    expect(running.store.database("refused").exists).toBe(false);
  });

  test("is taken as curl sends it", async () => {
    const type = "application/x-www-form-urlencoded";
    expect((await imported("curl", lines(1), { "content-type": type })).status).toBe(200);
  });
});

describe("a bad line", () => {
  const tooDeep = `{"key": "a", "value": ${"[".repeat(600)}${"]".repeat(600)}}`;
  test.each([
    ["{bad", /^line 1201: it is not JSON: .*, at column 2$/],
    ['{"key": "a", "value": 1, "extra": 2}', /^line 1201: it has "extra"/],
    ['{"key": "", "value": 1}', /^line 1201: the key is empty/],
    ['{"key": "a", "value": 1, "collection": "_x"}', /^line 1201: "_x" cannot name/],
    [tooDeep, /^line 1201: value.* is nested deeper than 512 levels$/],
    [line("a", "x".repeat(1_000)), /^line 1201: a value has at most 1000 bytes/],
    [line("a", "x".repeat(2_000)), /^line 1201: it is longer than 2000 bytes/],
  ])("%.50s stops it after all before it", async (bad, message) => {
    const database = `bad-${message.source.length}-${bad.length}`;
    const response = await imported(database, `${lines(1_200)}${bad}\n${lines(10, 1_201)}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_line",
      message: expect.stringMatching(message),
      line: 1_201,
      documents: 1_200,
      lines: 1_200,
    });
    expect(keysIn(database)).toBe(1_200);
  });

  test("is named by its place in the import, where a part begins later", async () => {
    const bytes = Buffer.concat([Buffer.from(lines(1)), Buffer.from([0xff])]);
    const response = await imported("part", bytes, {}, "?firstLine=8");
    expect(await response.json()).toMatchObject({
      message: "line 9: it is not UTF-8",
      documents: 1,
      lines: 8,
    });
  });

  test("ends an endless body", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(Buffer.alloc(1_000, "x"));
        sent++;
      },
    });
    expect((await imported("endless", endless)).status).toBe(400);
    expect(sent).toBeLessThan(100);
  });
});

describe("an import with an id", () => {
  const id = { "idempotency-key": "mine" };

  test("is done once, however often it is repeated", async () => {
    const first = await imported("once", lines(2_500), id);
    // Before the documents stand an epoch and the progress of each batch.
    const answer = { documents: 2_500, lines: 2_500, offset: 2_503 };
    expect(await first.json()).toEqual(answer);
    expect(first.headers.has("idempotency-replayed")).toBe(false);
    const records = recordsIn("once");
    for (let round = 0; round < 3; round++) {
      const again = await imported("once", lines(2_500), id);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(await again.json()).toEqual(answer);
    }
    expect(recordsIn("once")).toBe(records);
    expect(await (await progressOf("once", "mine")).json()).toEqual({ ...answer, complete: true });
    await imported("once", lines(2_500), { "idempotency-key": "other" });
    expect(recordsIn("once")).toBeGreaterThan(2 * 2_500);
  });

  test("goes on where it was stopped", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(lines(3_500))),
      pull: (controller) => controller.error(new Error("the client is gone")),
    });
    const stopped = await imported("again", broken, id);
    expect(stopped.status).toBe(400);
    const problem = await stopped.json();
    expect(problem).toMatchObject({ code: "incomplete_body", documents: 3_000, lines: 3_000 });
    const progress = await (await progressOf("again", "mine")).json();
    expect(progress).toMatchObject({ documents: 3_000, lines: 3_000, complete: false });
    const whole = await imported("again", lines(3_500), id);
    expect(await whole.json()).toMatchObject({ documents: 3_500, lines: 3_500 });
    expect(keysIn("again")).toBe(3_500);
    // An epoch, the documents once each, and the progress of four batches.
    expect(recordsIn("again")).toBe(1 + 3_500 + 4);
  });

  test("may come in parts", async () => {
    const part = (first: number, count: number, more: boolean) =>
      imported("parts", lines(count, first), id, `?firstLine=${first}&more=${more}`);
    expect(await (await part(1, 10, true)).json()).toMatchObject({ documents: 10, lines: 10 });
    expect(await (await progressOf("parts", "mine")).json()).toMatchObject({ complete: false });
    // Overlapping, as after an answer that was lost.
    expect(await (await part(6, 10, true)).json()).toMatchObject({ documents: 15, lines: 15 });
    const gap = await part(17, 1, true);
    expect(gap.status).toBe(400);
    expect(await gap.json()).toMatchObject({ parameter: "firstLine", documents: 15, lines: 15 });
    expect(await (await part(16, 5, false)).json()).toMatchObject({ documents: 20, lines: 20 });
    expect(await (await progressOf("parts", "mine")).json()).toMatchObject({ complete: true });
    expect(keysIn("parts")).toBe(20);
  });

  test.each([
    ["other lines", lines(1_500, 2), ""],
    ["a change in one line", lines(1_500).replace("k700", "k7oo"), ""],
    ["fewer lines", lines(1_499), ""],
    ["no lines", "", ""],
    ["lines beyond its end", lines(1_501), ""],
    ["lines beyond its end alone", lines(1, 1_501), "?firstLine=1501"],
    ["another collection", lines(1_500), "?collection=other"],
  ])("is refused for %s than it was begun with", async (what, body, query) => {
    const database = `reused-${what.replaceAll(" ", "-")}`;
    await imported(database, lines(1_500), id);
    const records = recordsIn(database);
    const refused = await imported(database, body, id, query);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: "idempotency_key_reused",
      message: expect.stringContaining("give another import a key of its own"),
      documents: 1_500,
      lines: 1_500,
    });
    expect(recordsIn(database)).toBe(records);
    const same = await imported(database, lines(1_500), id);
    expect(same.headers.get("idempotency-replayed")).toBe("true");
  });

  test("compares what overlaps where the request before began there, and what follows on it", async () => {
    const part = (firstLine: number, body: string, more = true) =>
      imported("overlap", body, id, `?firstLine=${firstLine}&more=${more}`);
    await part(1, lines(10));
    await part(11, lines(10, 11));
    expect((await part(11, lines(10, 12))).status).toBe(422);
    expect((await part(11, lines(10, 11))).headers.get("idempotency-replayed")).toBe("true");
    expect((await part(1, lines(25), false)).status).toBe(200);
    expect((await imported("overlap", lines(25), id)).status).toBe(200);
    expect((await imported("overlap", lines(25, 2), id)).status).toBe(422);
  });

  test("is complete also where its last request has no document", async () => {
    const part = (firstLine: number, body: string, more: boolean) =>
      imported("tail", body, id, `?firstLine=${firstLine}&more=${more}`);
    await part(1, lines(2), true);
    await part(3, "\n\n", true);
    expect(await (await progressOf("tail", "mine")).json()).toMatchObject({ lines: 4 });
    const last = await part(5, "", false);
    expect(await last.json()).toMatchObject({ documents: 2, lines: 4 });
    const progress = await (await progressOf("tail", "mine")).json();
    expect(progress).toEqual({
      documents: 2,
      lines: 4,
      complete: true,
      offset: expect.any(Number),
    });
    const records = recordsIn("tail");
    expect((await part(5, "", false)).headers.get("idempotency-replayed")).toBe("true");
    expect(recordsIn("tail")).toBe(records);
  });

  test("is gone on with by the newest request, and left by the one before", async () => {
    const stuck = new TransformStream<Uint8Array, Uint8Array>();
    const first = imported("taken-over", stuck.readable, id);
    await stuck.writable.getWriter().write(Buffer.from(lines(1_500)));
    const second = await imported("taken-over", lines(2_000), id);
    expect(await second.json()).toMatchObject({ documents: 2_000 });
    const left = await first;
    expect(left.status).toBe(409);
    expect(await left.json()).toMatchObject({ code: "superseded" });
    expect(keysIn("taken-over")).toBe(2_000);
    expect(recordsIn("taken-over")).toBeLessThanOrEqual(1 + 2_000 + 3);
  });

  test("tells its progress to who knows the id", async () => {
    expect((await progressOf("once")).status).toBe(400);
    const unknown = await progressOf("once", "unknown");
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: "not_found" });
    expect((await progressOf("missing", "mine")).status).toBe(404);
  });
});
