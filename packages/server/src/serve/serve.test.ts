import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { LockedError } from "@boxerdb/engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { eventually } from "../../test/eventually.ts";
import { startTestServer } from "../../test/test-server.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "boxerdb-serve-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

const put = (url: string, key: string, value: unknown) =>
  fetch(`${url}/api/v1/${key}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value }),
  });

describe("serve", () => {
  test("answers, says where, stops, and finds its data again", async () => {
    {
      await using first = await startTestServer({ dataDir });
      expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(first.server.peerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect((await put(first.url, "k", { kept: true })).status).toBe(200);
      expect(first.logged).toContainEqual(
        expect.objectContaining({
          msg: expect.stringMatching(
            `^BoxerDB listens on ${first.url} as leader, with its data in ${dataDir}: 0 keys, 0 B, opened in `,
          ),
          role: "leader",
          keys: 0,
          openingMs: expect.any(Number),
        }),
      );
      await first.server.close();
      expect(first.logged.at(-1)).toMatchObject({ msg: "stopped" });
      await expect(fetch(`${first.url}/livez`)).rejects.toThrow();
    }
    await using second = await startTestServer({ dataDir });
    expect(await (await fetch(`${second.url}/api/v1/k`)).json()).toEqual({ value: { kept: true } });
  });

  test("is the node that its directory is, unless told another name", async () => {
    const idOf = async (flags: Record<string, string>): Promise<string> => {
      await using running = await startTestServer(flags);
      const status = await (await fetch(`${running.url}/status`)).json();
      return z.object({ node: z.string() }).parse(status).node;
    };
    const first = await idOf({ dataDir });
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf({ dataDir })).toBe(first);
    expect(await idOf({ dataDir, nodeId: "n7" })).toBe("n7");
  });

  test("names the port that is in use, and leaves the directory alone", async () => {
    await using first = await startTestServer();
    await expect(startTestServer({ dataDir, port: String(first.port) })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: expect.stringContaining(`port ${first.port} on 127.0.0.1 is in use`),
    });
    await expect(startTestServer({ dataDir, peerPort: String(first.port) })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: expect.stringContaining("--peer-port"),
    });
    // Nothing is left of either try.
    await using third = await startTestServer({ dataDir });
    expect((await fetch(`${third.url}/readyz`)).status).toBe(200);
  });

  test("names the directory that another process holds", async () => {
    await using first = await startTestServer({ dataDir });
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);
    await expect(startTestServer({ dataDir })).rejects.toBeInstanceOf(LockedError);
  });

  test("names a directory that is none", async () => {
    const file = join(dataDir, "file");
    await writeFile(file, "");
    await expect(startTestServer({ dataDir: join(file, "below") })).rejects.toMatchObject({
      code: "DATA_DIRECTORY_UNUSABLE",
      message: expect.stringContaining("--data-dir"),
    });
  });

  test("finishes the requests under way when it stops", async () => {
    await using running = await startTestServer({ dataDir });
    const socket = connect(running.port, "127.0.0.1");
    await once(socket, "connect");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(
      "PUT /api/v1/late HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
        "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
    );
    // The request is under way when the server has asked for its body.
    await eventually(() => expect(answer).toContain("100 Continue"));
    const closed = running.server.close();
    await eventually(() => expect(fetch(`${running.url}/livez`)).rejects.toThrow());
    socket.write('{"value":1}');
    await once(socket, "close");
    expect(answer).toMatch(/HTTP\/1\.1 200 OK/);
    await closed;
    await using again = await startTestServer({ dataDir });
    expect(await (await fetch(`${again.url}/api/v1/late`)).json()).toEqual({ value: 1 });
  });

  test("closes once, however often it is told to", async () => {
    const running = await startTestServer({ dataDir });
    expect(running.server.close()).toBe(running.server.close());
    await running[Symbol.asyncDispose]();
  });
});
