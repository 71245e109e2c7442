import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, test } from "vitest";

import { RefusalCounts } from "../src/http/refusal-counts.ts";
import { HttpServer, type HttpServerOptions } from "../src/serve/http-server.ts";

import { eventually } from "./eventually.ts";
import { sendRaw } from "./raw-socket.ts";
import { startTestServer } from "./test-server.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A connection that sends some text; what it hears is kept, until it is told to hear nothing. */
async function open(port: number, text = ""): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString("latin1")));
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(text);
  return { socket, heard: () => heard };
}

/** Resolves when a connection has ended, be it in order or not. */
const closeOf = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.once("close", resolve));

const head = (line: string, ...headers: readonly string[]): string =>
  [`${line} HTTP/1.1`, "Host: localhost", ...headers, "", ""].join("\r\n");

/** A put whose body is awaited by the server: it is under way until the connection ends. */
const unfinishedPut = async (port: number): Promise<Socket> => {
  const line = "PUT /api/v1/k";
  const headers = ["Content-Type: application/json", "Content-Length: 11", "Expect: 100-continue"];
  const { socket, heard } = await open(port, head(line, ...headers));
  await eventually(() => expect(heard()).toContain("100 Continue"));
  return socket;
};

const get = (port: number, path: string) => sendRaw(port, head(`GET ${path}`, "Connection: close"));

/** A server whose every answer is `body`. */
async function serving(body: Buffer, options: HttpServerOptions) {
  const refusals = new RefusalCounts();
  const server = new HttpServer((_, outgoing) => void outgoing.end(body), { ...options, refusals });
  const port = await server.listen("127.0.0.1", 0);
  return {
    port,
    counts: () => Object.fromEntries(refusals.entries()),
    [Symbol.asyncDispose]: async () => void (await server.close(0)),
  };
}

describe("requests under way at a time", () => {
  test("beyond the limit are told to come again, and how the node is can always be asked", async () => {
    await using running = await startTestServer({ maxRequests: "2" });
    const first = await unfinishedPut(running.port);
    const second = await unfinishedPut(running.port);
    const refused = await get(running.port, "/api/v1/k");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(JSON.parse(refused.body)).toMatchObject({ code: "too_many_requests", limit: 2 });
    expect((await get(running.port, "/api/v1")).status).toBe(429);
    for (const path of ["/livez", "/readyz", "/status"]) {
      expect((await get(running.port, path)).status).toBe(200);
    }
    first.destroy();
    await eventually(async () => expect((await get(running.port, "/api/v1/k")).status).toBe(404));
    second.destroy();
  });

  test("beyond the limit tell the pages that may ask, whose browsers may ask whether they may", async () => {
    const page = "https://app.example";
    await using running = await startTestServer({ maxRequests: "1", corsOrigins: page });
    const first = await unfinishedPut(running.port);
    const from = (line: string, origin: string, ...headers: readonly string[]) =>
      sendRaw(running.port, head(line, "Connection: close", `Origin: ${origin}`, ...headers));
    const asking = "Access-Control-Request-Method: PUT";
    const preflight = await from("OPTIONS /api/v1/k", page, asking);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(page);
    const refused = await from("GET /api/v1/k", page);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("access-control-allow-origin")).toBe(page);
    expect(refused.headers.get("access-control-expose-headers")).toContain("Retry-After");
    expect(refused.headers.get("vary")).toBe("Origin");
    const other = await from("GET /api/v1/k", "https://evil.example");
    expect(other.status).toBe(429);
    expect(other.headers.get("access-control-allow-origin")).toBeUndefined();
    first.destroy();
  });

  test("give their place back, however they end", async () => {
    await using running = await startTestServer({ maxRequests: "1", requestSeconds: "1" });
    for (let round = 0; round < 3; round++) {
      expect((await get(running.port, "/api/v1/k")).status).toBe(404);
      expect((await get(running.port, "/api/v1?limit=x")).status).toBe(400);
      expect((await sendRaw(running.port, head("PUT /api/v1/k", "Connection: close"))).status).toBe(
        400,
      );
    }
  });
});

describe("connections", () => {
  test("beyond the limit are closed at once, and counted", async () => {
    await using running = await serving(Buffer.from("done"), { maxConnections: 2 });
    const [first] = [await open(running.port), await open(running.port)];
    await eventually(async () => {
      const third = await open(running.port);
      await closeOf(third.socket);
    });
    expect(running.counts()).toEqual({ too_many_connections: expect.any(Number) });
    first.socket.destroy();
    await eventually(async () => expect((await get(running.port, "/")).status).toBe(200));
  });

  test("end after as many requests as one may have", async () => {
    // Node.js leaves it to the client to close the connection, and does so itself when it is idle.
    const options = { connectionRequests: 2, keepAliveTimeoutMs: 20 };
    await using running = await serving(Buffer.from("done"), options);
    const { socket, heard } = await open(running.port, head("GET /").repeat(3));
    await closeOf(socket);
    const answers = heard().split(/(?=HTTP\/1\.1)/);
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(["200", "200", "503"]);
    expect(answers.map((answer) => /connection: close/i.test(answer))).toEqual([false, true, true]);
    expect(running.counts()).toEqual({ connection_used_up: 1 });
  });

  test("on which too many requests are sent ahead of the answers are cut", async () => {
    await using running = await startTestServer();
    const feed = head("GET /api/v2/default/_changes", "Accept: text/event-stream");
    const patient = await open(running.port, feed + head("GET /livez").repeat(1_000));
    await eventually(() => expect(patient.heard()).toContain("200 OK"));
    const flood = await open(running.port, feed + head("GET /livez").repeat(5_000));
    await closeOf(flood.socket);
    expect(patient.socket.closed).toBe(false);
    const metrics = (await get(running.port, "/metrics")).body;
    expect(metrics).toContain('boxerdb_http_refusals_total{code="pipeline_too_long"} 1');
    patient.socket.destroy();
  });

  test("that are idle end in time", async () => {
    await using running = await serving(Buffer.from("done"), { keepAliveTimeoutMs: 20 });
    const { socket, heard } = await open(running.port, head("GET /"));
    await closeOf(socket);
    expect(heard()).toContain("200 OK");
    expect(running.counts()).toEqual({});
  });

  test("that are idle cost little, many as they may be", async () => {
    await using running = await startTestServer();
    const bytesBefore = process.memoryUsage().rss;
    const idle = Array.from({ length: 1_000 }, () => connect(running.port, "127.0.0.1"));
    for (const socket of idle) socket.on("error", () => {});
    sockets.push(...idle);
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    // Both ends of them are in this process.
    expect(process.memoryUsage().rss - bytesBefore).toBeLessThan(1_000 * 100 * 1024);
    expect((await get(running.port, "/livez")).status).toBe(200);
  });
});

describe("a client that takes its answer slowly", () => {
  const large = Buffer.alloc(64 * 1024 * 1024, "x");

  test("not at all is cut off, and counted", async () => {
    await using running = await serving(large, { answerTimeoutMs: 100 });
    const { socket } = await open(running.port, head("GET /"));
    socket.pause();
    await eventually(() => expect(running.counts()).toEqual({ answer_timeout: 1 }));
    socket.resume();
    await closeOf(socket);
  });

  test("but takes some of it in time gets all of it", async () => {
    await using running = await serving(large, { answerTimeoutMs: 2_000 });
    const socket = connect(running.port, "127.0.0.1");
    sockets.push(socket);
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      socket.pause();
      void turn().then(() => socket.resume());
    });
    socket.write(head("GET /", "Connection: close"));
    await closeOf(socket);
    expect(bytes).toBeGreaterThan(large.byteLength);
    expect(running.counts()).toEqual({});
  });

  // The second has, within a request, the very time that Node.js gives it between requests.
  test.each([{ answerTimeoutMs: 20 }, { answerTimeoutMs: 1_020, keepAliveTimeoutMs: 20 }])(
    "while there is nothing to take is left alone: %o",
    async (timeouts) => {
      const answers: (() => void)[] = [];
      const refusals = new RefusalCounts();
      const listener: RequestListener = (_, outgoing) => {
        answers.push(() => outgoing.end("late"));
      };
      const server = new HttpServer(listener, { ...timeouts, refusals });
      const port = await server.listen("127.0.0.1", 0);
      const { heard } = await open(port, head("GET /"));
      // Longer than a client may take nothing while there is something.
      await sleep(timeouts.answerTimeoutMs + 200);
      answers[0]?.();
      await eventually(() => expect(heard()).toContain("late"));
      await server.close(0);
      expect([...refusals.entries()]).toEqual([]);
    },
  );
});

describe("what is told in words where Node.js has none", () => {
  test.each([
    [
      "an expectation that cannot be met",
      head("GET /api/v1", "Expect: a miracle"),
      417,
      "expectation_failed",
    ],
    ["no Host", "GET /api/v1 HTTP/1.1\r\n\r\n", 400, "invalid_request"],
    [
      "headers that are too long",
      head("GET /", `X-Filler: ${"x".repeat(20_000)}`),
      431,
      "headers_too_large",
    ],
    ["no HTTP", "hello\r\n\r\n", 400, "invalid_request"],
  ])("%s", async (_, text, status, code) => {
    await using running = await startTestServer();
    const answer = await sendRaw(running.port, text);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(JSON.parse(answer.body)).toMatchObject({ code, status });
  });

  test("HTTP/1.0 needs no Host", async () => {
    await using running = await startTestServer();
    expect((await sendRaw(running.port, "GET /livez HTTP/1.0\r\n\r\n")).status).toBe(200);
  });
});
