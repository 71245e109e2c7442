/** Requests of a grammar, some of them damaged, in any pieces: each is answered, or cut, and nothing breaks. */
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startAttackedServer, type AttackedServer } from "./attacked-server.ts";

let server: AttackedServer;
beforeAll(async () => {
  server = await startAttackedServer({
    logLevel: "warn",
    headersSeconds: "5",
    requestSeconds: "5",
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const runs = Number(process.env["BOXERDB_HOSTILE_RUNS"] ?? 400);

// None of them writes anything but what is under /api/v2/fuzz, and none makes a server wait.
/** Mostly what clients send, so that the rest is reached, and now and then what no client should. */
const mostly = <Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: odd });

const method = mostly(
  fc.constantFrom("GET", "HEAD", "PUT", "PUT", "POST", "POST", "DELETE", "OPTIONS"),
  fc.constantFrom("PATCH", "get", "TRACE", "CONNECT", ""),
);
const oddSegment = fc.oneof(
  fc.constantFrom("..", "%2e%2e", "%00", "%ff", "__proto__", ""),
  fc.string({ unit: "binary-ascii", maxLength: 8 }),
);
const path = mostly(
  fc
    .constantFrom(
      "c",
      "c/k",
      "c/k",
      "c/l",
      "_batch",
      "_changes",
      "_get",
      "_import",
      "_export",
      "_verify",
    )
    .map((rest) => `/api/v2/fuzz/${rest}`),
  fc.array(oddSegment, { maxLength: 3 }).map((segments) => `/api/v2/fuzz/${segments.join("/")}`),
);
const parameter = fc.tuple(
  fc.constantFrom(
    "limit",
    "cursor",
    "prefix",
    "from",
    "ttl",
    "durability",
    "consistency",
    "reverse",
    "__proto__",
  ),
  mostly(
    fc.constantFrom("1", "-1", "true", "NaN", "disk", "now", "local"),
    fc.oneof(fc.constant("%"), fc.string({ unit: "binary-ascii", maxLength: 6 })),
  ),
);
const query = fc
  .array(parameter, { maxLength: 1 })
  .map((parameters) => parameters.map(([name, value]) => `?${name}=${value}`).join(""));
const target = mostly(
  fc.tuple(path, query).map((parts) => parts.join("")),
  fc.constantFrom(
    "*",
    "/",
    "//",
    "/status",
    "/openapi.json",
    "http://localhost/api/v2/fuzz/c/k",
    "fuzz:1",
  ),
);
const header = mostly(
  fc.constantFrom(
    "Content-Type: application/json",
    "Content-Type: application/json",
    "Content-Type: application/msgpack",
    "Content-Type: application/octet-stream",
    "Content-Type: application/x-ndjson",
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Connection: keep-alive",
    "Connection: Upgrade",
    "Upgrade: h2c",
    'If-Match: "1"',
    "If-None-Match: *",
    "Idempotency-Key: k",
    "Accept: application/msgpack",
    "Accept-Encoding: zstd, br, gzip",
    "Origin: http://evil.example",
  ),
  fc.oneof(
    fc.constantFrom(
      "Host: evil.example",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: gzip, chunked",
      "Content-Length: 0",
      "Content-Length: 11",
      "Connection: close",
    ),
    fc
      .tuple(
        fc.string({ unit: "binary-ascii", maxLength: 6 }),
        fc.string({ unit: "binary", maxLength: 6 }),
      )
      .map((parts) => parts.join(": ")),
  ),
);
const json = fc.oneof(
  fc.constantFrom(
    '{"value":1}',
    '{"operations":[{"op":"put","collection":"c","key":"k","value":1}]}',
    '{"keys":[]}',
  ),
  fc.json({ maxDepth: 3 }),
);
const payload = fc.oneof(
  json.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: payload.map((bytes) => framed(`Content-Length: ${bytes.byteLength}`, bytes)),
  },
  {
    weight: 2,
    arbitrary: payload.map((bytes) =>
      framed(
        "Transfer-Encoding: chunked",
        Buffer.from(`${bytes.byteLength.toString(16)}\r\n`),
        bytes,
        Buffer.from("\r\n0\r\n\r\n"),
      ),
    ),
  },
  { weight: 2, arbitrary: payload.map((bytes) => ({ headers: [], bytes })) },
  { weight: 4, arbitrary: fc.constant({ headers: [], bytes: Buffer.alloc(0) }) },
);
const framed = (header: string, ...parts: readonly Buffer[]) => ({
  headers: [header],
  bytes: Buffer.concat(parts),
});

const request = fc
  .record({ method, target, headers: fc.array(header, { maxLength: 3 }), body })
  .map(({ method, target, headers, body }) =>
    Buffer.concat([
      Buffer.from(
        [
          `${method} ${target} HTTP/1.1`,
          "Host: localhost",
          ...headers,
          ...body.headers,
          "",
          "",
        ].join("\r\n"),
        "latin1",
      ),
      body.bytes,
    ]),
  );

/** Something that happens to the bytes on their way. */
const damage = fc.record({
  place: fc.nat(),
  removed: fc.nat({ max: 8 }),
  inserted: fc.oneof(
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("\r\n", "\n", "\0", " ", ":", "\r\n\r\n", "0\r\n\r\n", "%")
      .map((text) => Buffer.from(text)),
  ),
});
const stream = fc
  .tuple(
    fc.array(request, { minLength: 1, maxLength: 4 }),
    fc.oneof(fc.constant([]), fc.array(damage, { maxLength: 2 })),
  )
  .map(([requests, damages]) =>
    damages.reduce<Buffer>((bytes, { place, removed, inserted }) => {
      const start = place % (bytes.byteLength + 1);
      return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + removed)]);
    }, Buffer.concat(requests)),
  );

/** Sends the pieces one by one, ends, and resolves to all that was answered when the connection is closed. */
async function exchange(bytes: Buffer, cuts: readonly number[]): Promise<string> {
  const socket = connect(server.port, "127.0.0.1");
  let heard = "";
  socket.on("data", (data: Buffer) => (heard += data.toString("latin1")));
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const places = [...new Set(cuts.map((cut) => cut % (bytes.byteLength + 1)))].toSorted(
    (a, b) => a - b,
  );
  let start = 0;
  for (const place of [...places, bytes.byteLength]) {
    if (socket.destroyed) break;
    socket.write(bytes.subarray(start, place));
    start = place;
    await turn();
  }
  socket.end();
  await closed;
  return heard;
}

test("any stream of requests is answered in HTTP, or cut, and changes nothing elsewhere", async () => {
  const others = await elsewhere();
  const cuts = fc.array(fc.nat(), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (bytes, places) => {
      const heard = await exchange(bytes, places);
      expect(heard).toMatch(/^(?:HTTP\/1\.1 [1-5]\d\d [^\r\n]*\r\n|$)/);
      expect(heard).not.toMatch(/HTTP\/1\.1 500 /);
    }),
    { numRuns: runs },
  );
  expect(await elsewhere()).toBe(others);
  await server.expectServing();
});

/** What is stored beside what the requests are about. */
async function elsewhere(): Promise<string> {
  const texts = [
    "/api/v1",
    "/api/v2/default/_changes",
    "/api/v2/shop/stock",
    "/api/v2/shop/_changes",
  ].map(async (path) => (await fetch(server.running.url + path)).text());
  return (await Promise.all(texts)).join("\n");
}
