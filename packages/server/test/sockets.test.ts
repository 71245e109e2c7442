import { once } from "node:events";
import { connect } from "node:net";

import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { sendRaw } from "./raw-socket.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

let running: TestServer;
beforeAll(async () => {
  running = await startTestServer({ maxValueBytes: "64KiB", maxBatchBytes: "64KiB" });
});
afterAll(() => running[Symbol.asyncDispose]());

// As the API adds it to the largest value.
const bodyLimit = (64 + 1024) * 1024;

const head = (line: string, ...headers: readonly string[]): string =>
  [`${line} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n");
const put = (path: string, body: string | Uint8Array) => [
  head(
    `PUT ${path}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ),
  body,
];
const raw = (...parts: readonly (string | Uint8Array)[]) => sendRaw(running.port, ...parts);
const value = (path: string) => raw(head(`GET ${path}`));

describe("requests that come before the answer to the one before", () => {
  test("are answered in their order, each after what the others did", async () => {
    const keep = (line: string, ...headers: readonly string[]): string =>
      [`${line} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");
    const putting = (body: string): string =>
      keep("PUT /api/v1/pipe", "Content-Type: application/json", `Content-Length: ${body.length}`) +
      body;
    const requests = [
      putting('{"value":1}'),
      keep("GET /api/v1/pipe"),
      putting('{"value":2}'),
      keep("GET /api/v1/pipe"),
      keep("DELETE /api/v1/pipe"),
      head("GET /api/v1/pipe"),
    ];
    for (let round = 0; round < 5; round++) {
      const answers = await sendRaw(running.port, requests.join(""));
      const text = answers.body.replaceAll(/\{"offset":\d+\}/g, "written");
      const seen = text.match(/written|\{"value":\d\}|"code":"not_found"/g);
      const gone = '"code":"not_found"';
      expect(seen).toEqual(["written", '{"value":1}', "written", '{"value":2}', "written", gone]);
    }
  });
});

describe("requests as they come over a socket", () => {
  test("the original surface", async () => {
    expect(await raw(...put("/api/v1/greeting", '{"value":"Hello World!"}'))).toMatchObject({
      status: 200,
    });
    const got = await value("/api/v1/greeting");
    expect(got).toMatchObject({ status: 200, body: '{"value":"Hello World!"}' });
    expect(got.headers.get("content-type")).toBe("application/json");
    expect(got.headers.get("content-length")).toBe("24");
    const seen = await raw(head("HEAD /api/v1/greeting"));
    expect(seen).toMatchObject({ status: 200, body: "" });
    expect(seen.headers.get("content-length")).toBe("24");
    expect(seen.headers.get("etag")).toBe(got.headers.get("etag"));
    expect(await raw(head("DELETE /api/v1/greeting"))).toMatchObject({ status: 200 });
    expect(await value("/api/v1/greeting")).toMatchObject({ status: 404 });
  });

  test.each([
    ["/api/v1/..", ".."],
    ["/api/v1/%2E%2E", ".."],
    ["/api/v1/%2e", "."],
    ["/api/v1/a%2F..%2Fb", "a/../b"],
    ["/api/v1/a%5Cb", "a\\b"],
    ["/api/v1/a+b", "a+b"],
    ["/api/v1/%F0%9F%A5%8A", "🥊"],
    ['/api/v1/a|b<c>"d^e`{f}', 'a|b<c>"d^e`{f}'],
  ])("%s is the key %j, whatever a URL would make of it", async (path, key) => {
    expect(await raw(...put(path, JSON.stringify({ value: key })))).toMatchObject({ status: 200 });
    const listed = await value(
      `/api/v1?gte=${encodeURIComponent(key)}&lte=${encodeURIComponent(key)}`,
    );
    expect(JSON.parse(listed.body)).toMatchObject({ entries: [{ key, value: key }] });
    expect(await value(path)).toMatchObject({ status: 200 });
    // Another Host header takes another way through the adapter, which must not matter.
    const elsewhere = await raw(
      `GET ${path} HTTP/1.1\r\nHost: [::1]:65000\r\nConnection: close\r\n\r\n`,
    );
    expect(elsewhere).toMatchObject({ status: 200, body: JSON.stringify({ value: key }) });
  });

  test.each(["/api/v1/%", "/api/v1/%zz", "/api/v1/%ff", "/api/v1/%C3%28", "/api/v1?prefix=%ff"])(
    "%s is malformed",
    async (path) => {
      const answer = await value(path);
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(JSON.parse(answer.body)).toMatchObject({ code: "malformed_target" });
    },
  );

  test("bytes that must be percent-encoded are told so", async () => {
    const rest = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (const key of [Buffer.from("schlüssel"), Uint8Array.of(0xff)]) {
      const answer = await raw("GET /api/v1/", key, rest);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({
        code: "malformed_target",
        message: expect.stringContaining("%C3%A9"),
      });
    }
  });

  test("bytes that are not UTF-8 in a body are refused, and nothing is stored", async () => {
    const body = Buffer.concat([Buffer.from('{"value":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const answer = await raw(...put("/api/v1/not-utf8", body));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "invalid_utf8" });
    expect(await value("/api/v1/not-utf8")).toMatchObject({ status: 404 });
  });

  test.each([
    [
      "a backslash in the path",
      "GET /api\\v1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ],
    ["no Host header", "GET /api/v1 HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["no HTTP at all", "hello\r\n\r\n"],
    ["a bad header", "GET /api/v1 HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n"],
    [
      "two lengths",
      "PUT /api/v1/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
    [
      "a length and chunks",
      "PUT /api/v1/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
  ])("%s is answered with 400", async (_, text) => {
    expect((await raw(text)).status).toBe(400);
    expect((await value("/livez")).status).toBe(200);
  });

  test("headers without end", async () => {
    const answer = await raw(head("GET /api/v1", `X-Filler: ${"x".repeat(20_000)}`));
    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "headers_too_large" });
  });
});

describe("bodies over the limit", () => {
  const tooLarge = (body: string) =>
    expect(JSON.parse(body)).toMatchObject({ code: "too_large", limit: bodyLimit, unit: "bytes" });

  test("are refused by their declared length, before they come", async () => {
    const answer = await raw(
      head("PUT /api/v1/big", "Content-Type: application/json", "Content-Length: 99999999999"),
    );
    expect(answer.status).toBe(413);
    tooLarge(answer.body);
  });

  test("are refused while they come in chunks", async () => {
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    const answer = await raw(
      head("PUT /api/v1/big", "Content-Type: application/json", "Transfer-Encoding: chunked"),
      ...Array.from({ length: 64 }, () => chunk),
    );
    expect(answer.status).toBe(413);
    tooLarge(answer.body);
    expect(await value("/api/v1/big")).toMatchObject({ status: 404 });
  });

  test("a client that sends all of it first still gets the answer", async () => {
    const agent = new Agent();
    const response = await request(`${running.url}/api/v1/big`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: "x".repeat(4 * 1024 * 1024) }),
      dispatcher: agent,
    });
    expect(response.statusCode).toBe(413);
    tooLarge(await response.body.text());
    await agent.close();
  });
});

describe("clients that go away", () => {
  test("in the middle of a body change nothing and leave the server well", async () => {
    for (const length of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
      const socket = connect(running.port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(head("PUT /api/v1/half", "Content-Type: application/json", length));
      socket.write(length.startsWith("Content") ? '{"value":1' : 'a\r\n{"value":1\r\n');
      const seen = () => running.logged.filter(({ url }) => url === "/api/v1/half").length;
      const before = seen();
      await eventually(async () => expect(await value("/livez")).toMatchObject({ status: 200 }));
      socket.destroy();
      await eventually(() => expect(seen()).toBe(before + 1));
    }
    expect(await value("/api/v1/half")).toMatchObject({ status: 404 });
    expect(running.logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });
});

describe("request ids", () => {
  test("are given to each request, or kept", async () => {
    const made = await raw(head("GET /livez"));
    expect(made.headers.get("x-request-id")).toMatch(/^[0-9a-f]{16}-\d+$/);
    const kept = await raw(head("GET /livez", "X-Request-Id: mine-1"));
    expect(kept.headers.get("x-request-id")).toBe("mine-1");
    const odd = await raw(head("GET /livez", `X-Request-Id: "quoted" ${"x".repeat(200)}`));
    expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f]{16}-\d+$/);
    await eventually(() =>
      expect(running.logged).toContainEqual(
        expect.objectContaining({ requestId: "mine-1", method: "GET", url: "/livez", status: 200 }),
      ),
    );
  });
});
