/** Ten thousand connections that do nothing. Each side needs as many file descriptors. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Agent, request } from "undici";
import { expect, test } from "vitest";

import { sendRaw } from "../raw-socket.ts";
import { startProcess, startProcessOfFewFiles } from "../served-process.ts";

import { putRequest, requestHead } from "./attacked-server.ts";

const connections = Number(process.env["BOXERDB_IDLE_CONNECTIONS"] ?? 10_000);
const atATime = 200;

test.skipIf(process.platform !== "linux")(
  "that are idle cost little, and others are served",
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "boxerdb-idle-"));
    const served = await startProcess(dataDir);
    const port = Number(new URL(served.url).port);
    const sockets: Socket[] = [];
    const rssBytes = async (): Promise<number> => {
      const status = await readFile(`/proc/${served.process.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    };
    try {
      const close = "Connection: close";
      expect(await sendRaw(port, putRequest("/api/v1/k", '{"value":1}'))).toMatchObject({
        status: 200,
      });
      const bytesBefore = await rssBytes();
      while (sockets.length < connections) {
        const more = Array.from({ length: atATime }, () => connect(port, "127.0.0.1"));
        sockets.push(...more);
        await Promise.all(more.map((socket) => once(socket, "connect")));
        // Some have asked for something before, and some are in the middle of it.
        more[0]?.resume().write(requestHead("GET /api/v1/k"));
        more[1]?.write("GET /api/v1/k HTTP/1.1\r\nHost: loc");
      }
      for (let count = 0; count < 50; count++) {
        expect((await sendRaw(port, requestHead("GET /api/v1/k", close))).status).toBe(200);
        expect((await sendRaw(port, putRequest("/api/v1/k", `{"value":${count}}`))).status).toBe(
          200,
        );
      }
      const bytesEach = ((await rssBytes()) - bytesBefore) / connections;
      expect(bytesEach).toBeLessThan(50 * 1024);
    } finally {
      for (const socket of sockets) socket.destroy();
      served.process.kill("SIGTERM");
      expect(await served.exited).toBe(0);
      await rm(dataDir, { recursive: true });
    }
  },
);

test.skipIf(process.platform !== "linux")(
  "more than there may be take no file that the store needs",
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "boxerdb-files-"));
    const served = await startProcessOfFewFiles(256, dataDir, "--segment-bytes", "64KiB");
    const agent = new Agent({ connections: 1 });
    const sockets: Socket[] = [];
    const put = async (key: number): Promise<number> => {
      const { statusCode, body } = await request(`${served.url}/api/v1/${key}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ value: "x".repeat(8_000) }),
        dispatcher: agent,
      });
      await body.dump();
      return statusCode;
    };
    try {
      expect(await put(0)).toBe(200);
      for (const url of [served.url, served.peerUrl]) {
        for (let count = 0; count < 400; count++) {
          const socket = connect(Number(new URL(url ?? "").port), "127.0.0.1");
          socket.on("error", () => {});
          sockets.push(socket);
          await once(socket, "connect");
        }
      }
      // Several segments are begun and old ones compacted meanwhile, each of which opens files.
      for (let key = 1; key < 100; key++) expect(await put(key % 10)).toBe(200);
    } finally {
      for (const socket of sockets) socket.destroy();
      await agent.destroy();
      served.process.kill("SIGTERM");
      expect(await served.exited).toBe(0);
      await rm(dataDir, { recursive: true });
    }
  },
);
