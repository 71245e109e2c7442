/** Bodies that become much larger in memory than they are, and clients who make the server hold much. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { sendRaw } from "../raw-socket.ts";
import { startProcess, type ServedProcess } from "../served-process.ts";
import { startTestServer } from "../test-server.ts";

import { codeOf, putRequest, requestHead } from "./attacked-server.ts";

const MiB = 1024 * 1024;

/** A list of as many of the same as are this long. */
const listOf = (item: string, bytes: number): string =>
  `[${item}${`,${item}`.repeat(Math.floor(bytes / (item.length + 1)) - 1)}]`;

const post = (
  path: string,
  type: string,
  body: string | Uint8Array,
  ...headers: readonly string[]
): readonly (string | Uint8Array)[] => [
  requestHead(
    `POST ${path}`,
    "Connection: close",
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ),
  body,
];

const manyFields = (): string =>
  JSON.stringify(
    Object.fromEntries(Array.from({ length: 500_000 }, (_, index) => [`k${index}`, 1])),
  );

const gzip = "Content-Encoding: gzip";

/** As many mebibytes of the same character, as gzip. One part repeated is a gzip again (RFC 1952, 2.2). */
const gzipOf = (mebibytes: number): Buffer => {
  const part = gzipSync(Buffer.alloc(MiB, "x"));
  return Buffer.concat(Array.from({ length: mebibytes }, () => part));
};

/** A list of msgpack that claims as many items as it has bytes, each the same byte. */
function msgpackList(item: number, bytes: number): Uint8Array {
  const body = Buffer.alloc(5 + bytes, item);
  body[0] = 0xdd;
  body.writeUInt32BE(bytes, 1);
  return body;
}

describe.skipIf(process.platform !== "linux")("in a process of its own", () => {
  let dataDir: string;
  let served: ServedProcess;
  let port: number;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "boxerdb-hostile-"));
    served = await startProcess(dataDir);
    port = Number(new URL(served.url).port);
  });
  afterEach(async () => {
    expect((await sendRaw(port, requestHead("GET /livez", "Connection: close"))).status).toBe(200);
  });
  afterAll(async () => {
    served.process.kill("SIGTERM");
    expect(await served.exited).toBe(0);
    await rm(dataDir, { recursive: true });
  });

  /** The most memory that the process ever had, in bytes. */
  async function peakBytes(): Promise<number> {
    const status = await readFile(`/proc/${served.process.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  const batch = "/api/v2/bombs/_batch";
  const json = "application/json";
  test.each<[string, () => readonly (string | Uint8Array)[], number, string]>([
    [
      "things that are no operations",
      () => post(batch, json, `{"operations":${listOf("1", 32 * MiB)}}`),
      413,
      "too_large",
    ],
    [
      "empty objects for operations",
      () => post(batch, json, `{"operations":${listOf("{}", 32 * MiB)}}`),
      413,
      "too_large",
    ],
    [
      "empty objects for checks",
      () => post(batch, json, `{"checks":${listOf("{}", 8 * MiB)},"operations":[]}`),
      413,
      "too_large",
    ],
    [
      "empty objects for keys",
      () => post("/api/v2/bombs/_get", json, `{"keys":${listOf("{}", 8 * MiB)}}`),
      413,
      "too_large",
    ],
    [
      "lists in lists, never closed",
      () => post("/api/v1/k", json, "[".repeat(16 * MiB)),
      413,
      "too_large",
    ],
    [
      "lists in lists, all of them closed",
      () => post("/api/v1/k", json, `{"value":${"[".repeat(2 * MiB)}${"]".repeat(2 * MiB)}}`),
      400,
      "invalid_value",
    ],
    [
      "objects in objects, never closed",
      () => post("/api/v1/k", json, '{"a":'.repeat(3 * MiB)),
      400,
      "malformed_json",
    ],
    [
      "nothing but new lines",
      () => post(batch, json, `${"\n".repeat(32 * MiB)}x`),
      400,
      "malformed_json",
    ],
    [
      "half a million unknown fields",
      () => post("/api/v1/k", json, manyFields()),
      400,
      "invalid_body",
    ],
    [
      "an endless string",
      () => post("/api/v1/k", json, `{"value":"${"a".repeat(16 * MiB)}`),
      400,
      "malformed_json",
    ],
    [
      "escapes of characters that are not whole",
      () => post("/api/v1/k", json, `{"value":"${"\\ud800".repeat(2 * MiB)}"}`),
      400,
      "invalid_value",
    ],
    [
      "empty lists in msgpack",
      () => post("/api/v1/k", "application/msgpack", msgpackList(0x90, 16 * MiB)),
      400,
      "invalid_value",
    ],
    [
      "a gzip of a gibibyte that is one line",
      () => post("/api/v2/bombs/_import", "application/x-ndjson", gzipOf(1024), gzip),
      400,
      "invalid_line",
    ],
    [
      "a line of lists in lists",
      () =>
        post("/api/v2/bombs/_import", "application/x-ndjson", `{"value":${"[".repeat(16 * MiB)}`),
      400,
      "invalid_line",
    ],
    [
      "a line of unknown fields",
      () => post("/api/v2/bombs/_import", "application/x-ndjson", manyFields()),
      400,
      "invalid_line",
    ],
    [
      "a gzip in a gzip",
      () => post("/api/v2/bombs/_import", "application/x-ndjson", gzipSync(gzipOf(1024)), gzip),
      400,
      "invalid_line",
    ],
    [
      "msgpack in msgpack, without end",
      () => post("/api/v1/k", "application/msgpack", Buffer.alloc(16 * MiB, 0x91)),
      400,
      "invalid_value",
    ],
    [
      "msgpack that claims four billion items",
      () => post("/api/v1/k", "application/msgpack", Buffer.from("ddffffffffc0", "hex")),
      400,
      "invalid_value",
    ],
    [
      "msgpack that claims a string of four gigabytes",
      () => post("/api/v1/k", "application/msgpack", Buffer.from("dbffffffff61", "hex")),
      400,
      "invalid_value",
    ],
  ])("%s are refused within bounded memory", async (_, request, status, code) => {
    const answer = await sendRaw(port, ...request());
    expect(answer.status).toBe(status);
    expect(codeOf(answer)).toBe(code);
    expect(answer.body.length).toBeLessThan(16_384);
    expect(await peakBytes()).toBeLessThan(1_024 * MiB);
  });
});

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

describe("what many clients make the server hold together", () => {
  const limits = { maxValueBytes: "2MiB", maxBatchBytes: "2MiB", transferBytes: "4MiB" };
  const value = Buffer.from(JSON.stringify({ value: "x".repeat(MiB) }));

  const heldBytes = async (port: number): Promise<number> => {
    const { body } = await sendRaw(port, requestHead("GET /metrics", "Connection: close"));
    return Number(/^boxerdb_http_transfer_held_bytes (\d+)$/m.exec(body)?.[1]);
  };
  const served = async (port: number): Promise<void> => {
    expect(await sendRaw(port, putRequest("/api/v1/small", '{"value":1}'))).toMatchObject({
      status: 200,
    });
    expect(
      await sendRaw(port, requestHead("GET /api/v1/small", "Connection: close")),
    ).toMatchObject({
      status: 200,
    });
  };

  test("of long bodies that never end is bounded, and short ones still come through", async () => {
    await using running = await startTestServer(limits);
    const { port } = running;
    const head = requestHead(
      "PUT /api/v1/k",
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
    );
    const part = `${value.byteLength.toString(16)}\r\n${value.toString()}\r\n`;
    const answers: string[] = [];
    for (let client = 0; client < 8; client++) {
      const socket = await open(port);
      socket.on("data", (data: Buffer) => answers.push(data.toString()));
      socket.write(head + part);
    }
    await expect
      .poll(() => answers.filter((text) => text.includes(" 429 ")).length)
      .toBeGreaterThan(3);
    expect(await heldBytes(port)).toBeLessThanOrEqual(4 * MiB);
    await served(port);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => heldBytes(port)).toBe(0);
    expect(await sendRaw(port, putRequest("/api/v1/k", value))).toMatchObject({ status: 200 });
  });

  test("of answers that nobody takes is bounded, and short ones still come through", async () => {
    await using running = await startTestServer({
      maxValueBytes: "16MiB",
      maxBatchBytes: "16MiB",
      transferBytes: "32MiB",
    });
    const { port } = running;
    const long = Buffer.from(JSON.stringify({ value: "x".repeat(15 * MiB) }));
    expect(await sendRaw(port, putRequest("/api/v1/long", long))).toMatchObject({ status: 200 });
    for (let client = 0; client < 12; client++) {
      const socket = await open(port);
      // The system takes some of it for a client that takes nothing.
      socket.pause();
      // By the short way to single keys, and by the one of listings.
      socket.write(requestHead(client % 2 === 0 ? "GET /api/v1/long" : "GET /api/v1"));
    }
    await expect
      .poll(
        async () =>
          (await sendRaw(port, requestHead("GET /api/v1/long", "Connection: close"))).status,
      )
      .toBe(429);
    expect(await heldBytes(port)).toBeLessThanOrEqual(32 * MiB + long.byteLength);
    await served(port);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => heldBytes(port)).toBe(0);
    expect((await sendRaw(port, requestHead("GET /api/v1/long", "Connection: close"))).status).toBe(
      200,
    );
  });
});
