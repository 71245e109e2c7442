import { zstdDecompressSync } from "node:zlib";

import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "./test-server.ts";

const large = "x".repeat(5000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await fetch(`${server.url}/api/v1/k`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value: large }),
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** As it comes over the wire: `fetch` would decode it. */
async function ask(path: string, headers: Record<string, string>) {
  const answer = await request(`${server.url}${path}`, { headers });
  return { headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
}

test.each([
  "/api/v1",
  "/api/v2/default/default",
  "/api/v2/default/_changes",
  "/api/v2/default/_changes?limit=5",
])("%s is compressed for who takes it", async (path) => {
  const { headers, bytes } = await ask(path, { "accept-encoding": "gzip, br, zstd" });
  expect(headers).toMatchObject({ "content-encoding": "zstd", vary: "accept-encoding" });
  expect(zstdDecompressSync(bytes).toString()).toContain(large);
  const plain = await ask(path, {});
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(plain.bytes.byteLength).toBeGreaterThan(bytes.byteLength);
});

test("a single key is not: its ETag is its offset", async () => {
  for (const origin of [{}, { origin: "http://page.example" }]) {
    const { headers, bytes } = await ask("/api/v1/k", { "accept-encoding": "zstd", ...origin });
    expect(headers).not.toHaveProperty("content-encoding");
    expect(headers["etag"]).toBe('"1"');
    expect(bytes.toString()).toBe(JSON.stringify({ value: large }));
  }
});

test("nor are feeds that last", async () => {
  const encoded = { "accept-encoding": "zstd" };
  const path = "/api/v2/default/_changes?limit=1";
  const lines = await ask(`${path}&follow`, encoded);
  expect(lines.headers).not.toHaveProperty("content-encoding");
  const events = await ask(path, { ...encoded, accept: "text/event-stream" });
  expect(events.headers).not.toHaveProperty("content-encoding");
  expect(events.bytes.toString()).toContain(large);
});
