import { request, type IncomingMessage } from "node:http";

import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "./test-server.ts";

// Both are asked the same, one straight and one by way of Hono, so that they come to the same state.
let straight: TestServer;
let byHono: TestServer;
beforeAll(async () => {
  straight = await startTestServer({ maxValueBytes: "1KiB" });
  byHono = await startTestServer({ maxValueBytes: "1KiB" });
});
afterAll(async () => {
  await straight[Symbol.asyncDispose]();
  await byHono[Symbol.asyncDispose]();
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

async function ask({ port }: TestServer, { method, path, headers, body }: Asked) {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers }, resolve);
    outgoing.once("error", reject).end(body);
  });
  const chunks: unknown[] = await incoming.toArray();
  const { date: _, "x-request-id": __, ...told } = incoming.headers;
  return { status: incoming.statusCode, headers: told, body: chunks.map(String).join("") };
}

const segment = fc.oneof(
  fc.constantFrom(
    "default",
    "a",
    "b",
    "_batch",
    "_",
    "",
    "..",
    "%2F",
    "%",
    "%FF",
    "%C3%A9",
    "a%20",
  ),
  fc.string({ unit: fc.constantFrom("a", "_", ".", "%", "2", "F", "-", "~"), maxLength: 6 }),
);
const path = fc.oneof(
  segment.map((key) => `/api/v1/${key}`),
  fc.tuple(segment, segment, segment).map((parts) => `/api/v2/${parts.join("/")}`),
  fc.array(segment, { maxLength: 5 }).map((parts) => `/api/${parts.join("/")}`),
);
const query = fc.constantFrom("", "", "?", "?a=1", "?prefix=%");
const headers = fc.record(
  {
    "content-type": fc.constantFrom("application/json", "application/json", "text/plain"),
    "if-match": fc.constantFrom('"1"', "*", "x"),
    "if-none-match": fc.constantFrom('"1"', "*"),
  },
  { requiredKeys: ["content-type"] },
);
const body = fc.constantFrom(
  '{"value":1}',
  '{"value":2}',
  "{}",
  "{",
  `{"value":"${"x".repeat(2000)}"}`,
);
const target = fc.tuple(path, query).map((parts) => parts.join(""));
const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc.record({ method: fc.constantFrom("PUT", "POST"), path: target, headers, body }),
  fc.record({
    method: fc.constantFrom("GET", "HEAD", "DELETE", "PATCH", "OPTIONS"),
    path: target,
    headers,
    body: fc.constant(undefined),
  }),
);

test("a request is answered the same straight and by way of Hono", async () => {
  await fc.assert(
    fc.asyncProperty(asked, async (request) => {
      // What comes from a page goes by way of Hono, and is answered no differently.
      const fromPage = { ...request, headers: { ...request.headers, origin: "http://localhost" } };
      expect(await ask(straight, request)).toEqual(await ask(byHono, fromPage));
    }),
    { numRuns: 500, endOnFailure: true },
  );
});
