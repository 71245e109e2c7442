/** Names, parameters and headers that no client means well by. */
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { AccessFiles } from "../access-files.ts";
import { sendRaw } from "../raw-socket.ts";
import { startTestServer } from "../test-server.ts";

import {
  codeOf,
  requestHead,
  startAttackedServer,
  type AttackedServer,
} from "./attacked-server.ts";

let server: AttackedServer;
beforeAll(async () => {
  server = await startAttackedServer();
});
afterEach(() => server.expectUnharmed());
afterAll(() => server[Symbol.asyncDispose]());

const runs = Math.ceil(Number(process.env["BOXERDB_HOSTILE_RUNS"] ?? 400) / 4);

const send = (line: string, ...headers: readonly string[]) =>
  server.send(Buffer.from(requestHead(line, "Connection: close", ...headers), "latin1"));

describe("names in the path", () => {
  const body = ["Content-Type: application/json", "Content-Length: 11"];
  test.each<[string, number, string]>([
    ["/api/v2/../stock/ada", 400, "invalid_name"],
    ["/api/v2/%2e%2e/stock/ada", 400, "invalid_name"],
    ["/api/v2/shop/..%2f..%2fetc/ada", 400, "invalid_name"],
    ["/api/v2/shop%2Fstock/a/ada", 400, "invalid_name"],
    ["/api/v2/shop%00/stock/ada", 400, "invalid_name"],
    ["/api/v2/shop/stock%0d%0aX:y/ada", 400, "invalid_name"],
    ["/api/v2/shop\\..\\..\\/stock/ada", 400, "invalid_name"],
    ["/api/v2/shop;v=1/stock/ada", 400, "invalid_name"],
    ["/api/v2/%5F%5Fproto__/stock/ada", 400, "invalid_name"],
    [`/api/v2/${"a".repeat(129)}/stock/ada`, 400, "invalid_name"],
    ["/api/v2/sh%C3%B6p/stock/ada", 400, "invalid_name"],
    ["/api/v2/__proto__/stock/ada", 404, "no_such_route"],
    ["/api/v2/shop/__proto__/ada", 404, "no_such_route"],
    ["/api/v2/_changes/stock/ada", 404, "no_such_route"],
    ["/api/v2//stock/ada", 404, "no_such_route"],
    ["//api/v1/ada", 404, "no_such_route"],
    ["/api/v1/ada/", 404, "no_such_route"],
    ["/api/v1//ada", 404, "no_such_route"],
    ["/API/v1/ada", 404, "no_such_route"],
    ["/api/v1/../v1/ada", 404, "no_such_route"],
    ["/%61pi/v1/ada", 404, "no_such_route"],
    [`/api/v1/${"a".repeat(1_025)}`, 400, "invalid_key"],
    [`/api/v1/${"%F0%9F%A5%8A".repeat(257)}`, 400, "invalid_key"],
    ["/api/v1/%ED%A0%80", 400, "malformed_target"],
    ["/api/v1/%C0%AE", 400, "malformed_target"],
    ["/api/v1/%F5%80%80%80", 400, "malformed_target"],
    ["/api/v1/%", 400, "malformed_target"],
    ["/api/v1/\xff", 400, "malformed_target"],
    ["/api/v2/constructor", 400, "invalid_header"],
  ])("PUT %s", async (path, status, code) => {
    const odd = path === "/api/v2/constructor" ? ["If-Match: x"] : [];
    const answer = await server.send(
      Buffer.from(requestHead(`PUT ${path}`, "Connection: close", ...body, ...odd), "latin1"),
      '{"value":1}',
    );
    expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  });
});

describe("parameters", () => {
  test.each<[string, string]>([
    ["/api/v1?__proto__=1", "invalid_query"],
    ["/api/v1?constructor&toString", "invalid_query"],
    ["/api/v1?limit=1&limit=2", "invalid_query"],
    ["/api/v1?limit=-1", "invalid_query"],
    ["/api/v1?limit=1e3", "invalid_query"],
    ["/api/v1?limit=99999999999999999999", "invalid_query"],
    ["/api/v1?limit=NaN", "invalid_query"],
    ["/api/v1?limit=%31%00", "invalid_query"],
    ["/api/v1?reverse=maybe", "invalid_query"],
    ["/api/v1?prefix=%ff", "malformed_target"],
    ["/api/v1?wait=61", "invalid_query"],
    ["/api/v1?consistency=__proto__", "invalid_query"],
    ["/api/v1?cursor=", "invalid_cursor"],
    ["/api/v1?cursor=__proto__", "invalid_cursor"],
    [`/api/v1?cursor=${"A".repeat(10_000)}`, "invalid_cursor"],
    [`/api/v1?cursor=${cursorOf('{"v":1,"after":"ada","reverse":true}')}`, "invalid_cursor"],
    [`/api/v1?cursor=${cursorOf('{"v":2,"after":"ada","reverse":false}')}`, "invalid_cursor"],
    [`/api/v1?cursor=${cursorOf('{"v":1,"after":["ada"],"reverse":false}')}`, "invalid_cursor"],
    [
      `/api/v1?cursor=${cursorOf('{"v":1,"after":"ada","reverse":false,"__proto__":1}')}`,
      "invalid_cursor",
    ],
    [`/api/v1?cursor=${cursorOf("[".repeat(5_000))}`, "invalid_cursor"],
    ["/api/v2/shop/_changes?from=-1", "invalid_query"],
    ["/api/v2/shop/_changes?from=1e99", "invalid_query"],
    ["/api/v2/shop/_changes?from=NaN", "invalid_query"],
    ["/api/v2/shop/_changes?from=9007199254740993", "invalid_query"],
    ["/api/v2/shop/_changes?from=9007199254740991", "offset_ahead"],
    ["/api/v2/shop/_changes?wait=Infinity&limit=1", "invalid_query"],
    ["/api/v2/shop/_changes?prefix=a", "invalid_query"],
    ["/api/v2/shop/_hash?offset=-1", "invalid_query"],
    ["/api/v2/shop/_hash?offset=9007199254740991", "invalid_query"],
    ["/api/v2/shop/_hash?expiresAfter=0", "invalid_query"],
    ["/api/v2/shop/_hash?wait=61", "invalid_query"],
    ["/api/v2/shop/_hash?collection=_x", "invalid_name"],
    ["/follower?lag=-1", "invalid_query"],
    ["/status?x", "invalid_query"],
  ])("GET %s", async (target, code) => {
    const answer = await send(`GET ${target}`);
    expect(codeOf(answer)).toBe(code);
    expect(answer.status).toBe(code === "offset_ahead" ? 409 : 400);
  });

  test("any cursor is refused, or goes on from where it says", async () => {
    const cursor = fc.oneof(
      fc.base64String({ maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed()),
      fc.jsonValue().map((value) => cursorOf(JSON.stringify(value))),
      fc.string().map((after) => cursorOf(JSON.stringify({ v: 1, after, reverse: false }))),
    );
    await fc.assert(
      fc.asyncProperty(cursor, async (text) => {
        const answer = await send(`GET /api/v1?limit=1&cursor=${encodeURIComponent(text)}`);
        expect([200, 400]).toContain(answer.status);
        if (answer.status === 400) expect(codeOf(answer)).toMatch(/invalid_(?:cursor|key|query)/);
      }),
      { numRuns: runs },
    );
  });
});

function cursorOf(text: string): string {
  return Buffer.from(text).toString("base64url");
}

describe("headers", () => {
  test.each<[string, number, readonly string[]]>([
    ["an offset without quotes", 400, ["If-Match: 1"]],
    ["a quote that is not closed", 400, ['If-Match: "1']],
    ["an offset that is none", 412, ['If-Match: "NaN"']],
    ["an offset beyond all", 412, [`If-Match: "${"9".repeat(400)}"`]],
    ["thousands of offsets", 412, [`If-Match: ${'"0",'.repeat(3_000)}`]],
    ["an offset given twice", 412, ['If-Match: "0"', 'If-Match: "-1"']],
    ["an idempotency key beyond the limit", 400, [`Idempotency-Key: ${"k".repeat(256)}`]],
    ["an idempotency key that is not ASCII", 400, ["Idempotency-Key: \xe9"]],
    ["an empty idempotency key", 400, ['Idempotency-Key: ""']],
    ["an idempotency key with a quote left open", 404, ['Idempotency-Key: "k']],
  ])("DELETE with %s", async (_, status, headers) => {
    const answer = await send("DELETE /api/v1/absent", ...headers);
    expect(answer.status).toBe(status);
    codeOf(answer);
  });

  test.each<[string, number, readonly string[]]>([
    ["an offset that is negative", 400, ["BoxerDB-Min-Offset: -1"]],
    ["an offset that is no number", 400, ["BoxerDB-Min-Offset: 1e3"]],
    ["an offset beyond all", 400, [`BoxerDB-Min-Offset: ${"9".repeat(40)}`]],
    ["two offsets", 400, ["BoxerDB-Min-Offset: 1", "BoxerDB-Min-Offset: 2"]],
    ["an Accept that means nothing", 406, ["Accept: \xff\xfe;;;q=q"]],
    ["an Accept without end", 406, [`Accept: ${"a/b;q=0.1,".repeat(1_500)}`]],
    ["names of what objects have", 200, ["__proto__: x", "constructor: y", "toString: z"]],
    ["a name for the request that is none", 200, ["X-Request-Id: a\xff b", "X-Request-Id: ../.."]],
    ["an encoding that means nothing", 200, ["Accept-Encoding: ;q=,,*;q=9,\xff"]],
    ["a token where none is asked for", 200, ["Authorization: Bearer \xff", "Authorization: x"]],
  ])("GET with %s", async (_, status, headers) => {
    expect((await send("GET /api/v1/ada", ...headers)).status).toBe(status);
  });

  test("a Last-Event-ID that is none", async () => {
    const events = "Accept: text/event-stream";
    for (const id of ["-1", "1e9", "NaN", "\xff", "9".repeat(400), "1, 2"]) {
      const answer = await send("GET /api/v2/shop/_changes", events, `Last-Event-ID: ${id}`);
      expect([answer.status, codeOf(answer)]).toEqual([400, "invalid_header"]);
    }
  });
});

test("whatever is shown for a token, nobody is let in", async () => {
  await using files = await AccessFiles.create();
  const tokensFile = await files.writeTokens({ "right-secret": "admin" });
  await using running = await startTestServer({ tokensFile });
  const port = Number(new URL(running.url).port);
  const ask = (path: string, ...headers: readonly string[]) =>
    sendRaw(
      port,
      Buffer.from(requestHead(`GET ${path}`, "Connection: close", ...headers), "latin1"),
    );
  expect((await ask("/api/v2", "Authorization: Bearer right-secret")).status).toBe(200);
  for (const headers of [
    [],
    ["Authorization:"],
    ["Authorization: Bearer"],
    ["Authorization: Bearer "],
    ["Authorization: Bearer  "],
    ["Authorization: Basic cmlnaHQtc2VjcmV0"],
    ["Authorization: Bearer right-secret2"],
    ["Authorization: Bearer right-secre"],
    ["Authorization: Bearer RIGHT-SECRET"],
    ["Authorization: Bearer right-secret, Bearer right-secret"],
    ["Authorization: Bearer wrong", "Authorization: Bearer right-secret"],
    ["Authorization: right-secret"],
    ["Authorization: Bearer \xff\xfe"],
    ["Authorization: Bearer __proto__"],
    [`Authorization: Bearer ${"x".repeat(15_000)}`],
    ["Proxy-Authorization: Bearer right-secret"],
    ["Cookie: authorization=right-secret"],
  ]) {
    for (const path of ["/api/v2", "/api/v1/k", "/metrics", "/api/v2/_backup"]) {
      const answer = await ask(path, ...headers);
      expect([answer.status, headers]).toEqual([401, headers]);
    }
  }
  const logged = JSON.stringify(running.logged);
  expect(logged).not.toContain("right-secret");
});
