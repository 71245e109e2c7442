/** Clients who send or take as slowly as they can, or just stay, while others want to be served. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { afterEach, describe, expect, test } from "vitest";

import { RefusalCounts } from "../../src/http/refusal-counts.ts";
import { HttpServer } from "../../src/serve/http-server.ts";
import { TestAuthority } from "../certificates.ts";
import { sendRaw } from "../raw-socket.ts";

import { requestHead, startAttackedServer } from "./attacked-server.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

interface Client {
  readonly socket: Socket;
  /** All that it has heard so far. */
  readonly heard: () => string;
  readonly closed: Promise<unknown>;
}

async function open(port: number, text = ""): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let heard = "";
  socket.on("data", (data: Buffer) => (heard += data.toString("latin1")));
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  socket.write(text);
  return { socket, heard: () => heard, closed };
}

/** Sends a text a character at a time, for as long as anybody listens. */
async function drip({ socket }: Client, text: string): Promise<void> {
  for (const character of text) {
    if (socket.destroyed) return;
    socket.write(character);
    await pause(50);
  }
}

const json = "Content-Type: application/json";

test("what comes too slowly is cut with 408, and others are served meanwhile", async () => {
  const whole = requestHead("PUT /api/v1/k", json, "Content-Length: 11");
  const half = requestHead("PUT /api/v1/k", json, "Content-Length: 1000");
  const long = requestHead("PUT /api/v1/k", json, "Content-Length: 1000000");
  const chunked = requestHead("PUT /api/v1/k", json, "Transfer-Encoding: chunked");
  const openHead = "GET /api/v1/ada HTTP/1.1\r\nHost: localhost\r\n";
  const kinds: readonly (readonly [kind: string, first: string, slow: string])[] = [
    ["a request line", "", "GET /api/v1/ada".padEnd(2_000, "x")],
    ["headers", openHead, "X-Slow: 1\r\n".repeat(200)],
    ["a body", half, '{"value":"'.padEnd(2_000, "x")],
    ["a long body", long, '{"value":"'.padEnd(2_000, "x")],
    ["chunks", chunked, "1\r\n \r\n".repeat(400)],
    ["the size of a chunk", chunked, "0".repeat(2_000)],
    ["trailers", `${chunked}b\r\n{"value":1}\r\n0\r\n`, "X-Slow: 1\r\n".repeat(200)],
    ["a second request", `${requestHead("GET /api/v1/ada")}GET /`, "x".repeat(2_000)],
    ["nothing", "", ""],
    ["nothing after the head", whole, ""],
  ];
  // All at once: Node.js looks for them every five seconds.
  await using server = await startAttackedServer({ headersSeconds: "1", requestSeconds: "1" });
  const slowly = async ([kind, first, slow]: (typeof kinds)[number]): Promise<string> => {
    const client = await open(server.port, first);
    const dripping = drip(client, slow);
    await client.closed;
    await dripping;
    return `${kind}: ${/HTTP\/1\.1 4\d\d/.exec(client.heard())?.[0] ?? "nothing was heard"}`;
  };
  const clients = kinds.flatMap((kind) => Array.from({ length: 10 }, () => slowly(kind)));
  await server.expectServing();
  const outcomes = new Set(await Promise.all(clients));
  expect([...outcomes].toSorted()).toEqual(
    kinds.map(([kind]) => `${kind}: HTTP/1.1 408`).toSorted(),
  );
  await server.expectUnharmed();
});

test("who says nothing to a port that speaks TLS is cut, and counted", async () => {
  const authority = await TestAuthority.create();
  const refusals = new RefusalCounts();
  const server = new HttpServer((_, outgoing) => void outgoing.end(), {
    identity: await authority.issue(),
    headersTimeoutMs: 50,
    refusals,
  });
  const port = await server.listen("127.0.0.1", 0);
  for (const start of ["", "\x16\x03\x01"]) await (await open(port, start)).closed;
  await server.close(0);
  expect([...refusals.entries()]).toEqual([["tls_handshake_failed", 2]]);
});

describe("clients who never read", () => {
  test("a feed hold no more than it sends, are cut, and others get it", async () => {
    await using server = await startAttackedServer({ answerSeconds: "1" });
    const feed = requestHead("GET /api/v2/shop/_changes?from=0", "Accept: text/event-stream");
    const clients: Client[] = [];
    for (let count = 0; count < 20; count++) {
      const client = await open(server.port, feed);
      client.socket.pause();
      clients.push(client);
    }
    const reader = await open(server.port, feed);
    const value = "x".repeat(1024 * 1024);
    // More than the system takes for a client that takes nothing.
    for (let count = 0; count < 12; count++) {
      const response = await fetch(`${server.running.url}/api/v2/shop/flood/k${count}`, {
        method: "PUT",
        body: JSON.stringify({ value }),
        headers: { "content-type": "application/json" },
      });
      expect(response.status).toBe(200);
    }
    await expect.poll(() => reader.heard().length).toBeGreaterThan(12 * 1024 * 1024);
    const cut = async (): Promise<string> =>
      (await sendRaw(server.port, requestHead("GET /metrics", "Connection: close"))).body;
    await expect
      .poll(cut, { interval: 100 })
      .toMatch(/boxerdb_http_refusals_total\{code="answer_timeout"\} 20/);
    await server.expectServing();
  });
});

describe("many connections", () => {
  test("that are half open, or come and go, leave others served", async () => {
    await using server = await startAttackedServer();
    const halves = [
      "",
      "G",
      "GET /api/v1/ada HTTP/1.1\r\nHost: loc",
      requestHead("PUT /api/v1/k", json, "Content-Length: 11") + '{"val',
    ];
    for (let round = 0; round < 500; round++) {
      const half = halves[round % halves.length] ?? "";
      const { socket } = await open(server.port, half);
      if (round % 2 === 0) socket.destroy();
      else if (round % 3 === 0) socket.resetAndDestroy();
    }
    await server.expectServing();
    for (const socket of sockets) socket.destroy();
    await server.expectUnharmed();
  });

  test("that end their side in the middle of a request change nothing", async () => {
    await using server = await startAttackedServer();
    const request = requestHead("PUT /api/v1/k", json, "Content-Length: 11") + '{"value":1}';
    for (let length = 1; length < request.length; length += 3) {
      const { socket, closed, heard } = await open(server.port, request.slice(0, length));
      socket.end();
      await closed;
      expect(heard()).not.toContain("200 OK");
    }
    await server.expectUnharmed();
  });
});
