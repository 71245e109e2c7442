import { once } from "node:events";
import { open as openFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { inspect } from "@boxerdb/engine";
import { expect, test } from "vitest";
import { z } from "zod";

import { Listener } from "../src/http/listener.ts";
import { HttpServer } from "../src/serve/http-server.ts";

import { TemporaryDirectory } from "./cli/temporary-directory.ts";
import { eventually } from "./eventually.ts";
import { sendRaw } from "./raw-socket.ts";
import { startProcess, type ServedProcess } from "./served-process.ts";
import { startTestNode } from "./test-node.ts";
import { startTestServer } from "./test-server.ts";

const lines = (count: number, value: unknown = "x"): string =>
  Array.from({ length: count }, (_, index) => {
    const key = `k${String(index).padStart(7, "0")}`;
    return `${JSON.stringify({ key, value })}\n`;
  }).join("");

const importLines = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/v2/app/_import`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...headers },
    body,
  });

test("an export that meets damage is cut off: no client takes it for complete", async () => {
  await using directory = await TemporaryDirectory.create();
  await using server = await startTestServer({ dataDir: directory.path, memoryBytes: "0" });
  expect((await importLines(server.url, lines(400, "x".repeat(1_000)))).status).toBe(200);
  const whole = await fetch(`${server.url}/api/v2/app/_export`);
  expect((await whole.text()).split("\n")).toHaveLength(401);
  await damageLog(directory.path);

  const request =
    "GET /api/v2/app/_export HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const raw = await sendRaw(server.port, request);
  expect(raw.status).toBe(200);
  expect(raw.headers.get("transfer-encoding")).toBe("chunked");
  // The last chunk of a complete body.
  expect(raw.body.endsWith("0\r\n\r\n")).toBe(false);
  const response = await fetch(`${server.url}/api/v2/app/_export`);
  await expect(response.text()).rejects.toThrow("terminated");
  // Two answers that were cut off, and once that the database is damaged.
  await eventually(() => expect(failures(server.logged)).toHaveLength(3));
});

test("an answer that is cut off is told in one line of the log, and nowhere else", async () => {
  await using directory = await TemporaryDirectory.create();
  {
    await using server = await startTestServer({ dataDir: directory.path });
    expect((await importLines(server.url, lines(400, "x".repeat(1_000)))).status).toBe(200);
  }
  const server = await startProcess(directory.path, "--memory-bytes", "0");
  const told: string[] = [];
  const errors: string[] = [];
  server.process.stdout?.on("data", (chunk: Buffer) => told.push(chunk.toString()));
  server.process.stderr?.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  try {
    const path = "/api/v2/app/_export";
    // A client that goes is no failure.
    const given = await fetch(server.url + path);
    await given.body?.cancel();
    await damageLog(directory.path);
    for (const encoding of ["identity", "gzip"]) {
      const headers = { "accept-encoding": encoding };
      const response = await fetch(server.url + path, { headers });
      await expect(response.text()).rejects.toThrow("terminated");
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  } finally {
    server.process.kill("SIGTERM");
    await once(server.process, "close");
  }
  const logged = told.join("").trimEnd().split("\n");
  const cut = {
    msg: "an answer was cut off: it could not go on",
    method: "GET",
    url: "/api/v2/app/_export",
    requestId: expect.any(String),
    err: expect.objectContaining({ message: expect.stringContaining("damaged") }),
  };
  const damaged = { type: "damaged", database: "app" };
  const failed = failures(logged.map((line): unknown => JSON.parse(line)));
  expect(failed).toMatchObject([damaged, cut, cut]);
  expect(errors).toEqual([]);
});

/** What was logged as an error. */
const failures = (logged: readonly unknown[]): readonly unknown[] =>
  logged.filter((line) => failure.safeParse(line).success);
const failure = z.object({ level: z.union([z.literal(50), z.literal("error")]) });

/** Changes bytes in the middle of the only segment of the only database. */
async function damageLog(directory: string): Promise<void> {
  const names = await readdir(directory, { recursive: true });
  const path = names.find((name) => name.endsWith(".log"));
  await using file = await openFile(join(directory, path ?? "none"), "r+");
  const { size } = await file.stat();
  expect(size).toBeGreaterThan(300_000);
  await file.write(Buffer.alloc(64, 0xaa), 0, 64, 300_000);
}

test("a client that goes away lets the server free what its export held", async () => {
  await using running = await startTestNode({
    store: { segmentBytes: 1024 * 1024, compaction: "manual" },
  });
  const { app, api, store } = running;
  const database = store.database("app");
  const fill = async (value: string): Promise<void> => {
    const response = await app.request("/api/v2/app/_import", {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: lines(4_000, value.repeat(12_000)),
    });
    expect(response.status).toBe(200);
  };
  // Much more than the buffers of two sockets hold.
  await fill("x");
  const replaced = database.open?.log.readableSegments.slice(0, -1) ?? [];
  expect(replaced.length).toBeGreaterThan(1);

  const listener = new Listener(app, api, undefined);
  await using server = createServer((incoming, outgoing) => listener.answer(incoming, outgoing));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /api/v2/app/_export HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  // It takes no more, so the server cannot come to the end.
  socket.pause();
  await fill("y");
  await store.compact();
  expect(replaced.every((segment) => segment.isClosed)).toBe(false);
  socket.destroy();
  await eventually(() => expect(replaced.every((segment) => segment.isClosed)).toBe(true));
});

const progress = z.object({ documents: z.int(), lines: z.int(), complete: z.boolean() });

async function progressOf({ url }: ServedProcess, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${url}/api/v2/app/_import`, { headers });
  return response.status === 200 ? progress.parse(await response.json()) : undefined;
}

/** Sends the beginning of an import, and never its end. Fails when the server dies, without a word. */
function beginImport({ url }: ServedProcess, beginning: string, headers: Record<string, string>) {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(beginning)),
  });
  const init = { method: "POST", headers, body, duplex: "half" } as const;
  return fetch(`${url}/api/v2/app/_import`, init).catch(() => undefined);
}

test("an import survives kills of its server: repeated, it stores each line once", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  const headers = { "content-type": "application/x-ndjson", "idempotency-key": "import-1" };
  const count = 60_000;
  const rounds = 5;
  const body = lines(count);
  let server = await startProcess(data);
  try {
    let stored = 0;
    for (let round = 1; round <= rounds; round++) {
      // More in each round, cut within a line; the kill comes while the server is busy with it.
      const share = body.slice(0, Math.floor((body.length * round) / rounds) - 7);
      void beginImport(server, share, headers);
      await eventually(async () =>
        expect((await progressOf(server, headers))?.documents).toBeGreaterThan(stored),
      );
      server.process.kill("SIGKILL");
      await server.exited;
      server = await startProcess(data);
      const found = await progressOf(server, headers);
      expect(found).toMatchObject({ documents: found?.lines, complete: false });
      stored = found?.documents ?? 0;
      expect(await keysIn(server)).toBe(stored);
    }
    const answer = await importLines(server.url, body, headers);
    expect(await answer.json()).toMatchObject({ documents: count, lines: count });
    expect(await progressOf(server, headers)).toMatchObject({ documents: count, complete: true });
  } finally {
    server.process.kill("SIGKILL");
    await server.exited;
  }
  const keys: string[] = [];
  for await (const item of inspect(data, { database: "app" })) {
    if (item.type === "record" && item.collection === "default") keys.push(item.key);
  }
  // Each document once, in the order of the lines.
  expect(keys).toHaveLength(count);
  expect(keys).toEqual([...new Set(keys)].sort());
});

async function keysIn({ url }: ServedProcess): Promise<number> {
  const response = await fetch(`${url}/api/v2/app/default?count&limit=0`);
  return z.object({ count: z.int() }).parse(await response.json()).count;
}

/** An import whose client sends something and then nothing, with what it hears. */
async function stalledImport(port: number, beginning: string | Uint8Array, ...headers: string[]) {
  const socket = connect(port, "127.0.0.1");
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  socket.on("error", () => {});
  const head = [
    "POST /api/v2/app/_import HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/x-ndjson",
    "Transfer-Encoding: chunked",
    ...headers,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${beginning.length.toString(16)}\r\n`);
  socket.write(beginning);
  socket.write("\r\n");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  return { socket, heard: () => heard, closed };
}

const key = (id: string) => `Idempotency-Key: ${id}`;

test.each([
  ["plain", (text: string) => text, []],
  ["gzip", (text: string) => gzipSync(text).subarray(0, -9), ["Content-Encoding: gzip"]],
])(
  "an import that has stalled (%s) is left for the newest request, and told so",
  async (_, encode, headers) => {
    await using server = await startTestServer();
    const body = lines(1_500);
    const stalled = await stalledImport(server.port, encode(body), key("one"), ...headers);
    const progressHeaders = { "idempotency-key": "one" };
    await eventually(async () => {
      const told = await fetch(`${server.url}/api/v2/app/_import`, { headers: progressHeaders });
      expect(told.status).toBe(200);
    });
    const whole = await importLines(server.url, body, progressHeaders);
    expect(await whole.json()).toMatchObject({ documents: 1_500, lines: 1_500 });
    await stalled.closed;
    expect(stalled.heard()).toContain("409 Conflict");
    expect(stalled.heard()).toContain('"code":"superseded"');
    expect(stalled.heard()).toContain('"documents":1000');
  },
);

test("a bad line is told to a client that goes on sending", async () => {
  await using server = await startTestServer();
  const stalled = await stalledImport(server.port, `${lines(3)}{bad\n${lines(3)}`);
  await stalled.closed;
  expect(stalled.heard()).toContain("400 Bad Request");
  expect(stalled.heard()).toContain('"line":4');
});

test("an import of which nothing more comes is told how much is stored", async () => {
  await using running = await startTestNode();
  const { app, api } = running;
  const listener = new Listener(app, api, undefined);
  const server = new HttpServer((incoming, outgoing) => listener.answer(incoming, outgoing), {
    requestTimeoutMs: 50,
    checkIntervalMs: 10,
    unhurried: api.unhurried,
  });
  const stalled = await stalledImport(
    await server.listen("127.0.0.1", 0),
    lines(1_500),
    key("one"),
  );
  await stalled.closed;
  expect(stalled.heard()).toContain("408 Request Timeout");
  expect(stalled.heard()).toContain('"code":"request_timeout"');
  expect(stalled.heard()).toContain('"documents":1000,"lines":1000');
  await server.close(0);
});
