import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { AccessFiles } from "./access-files.ts";
import { eventually } from "./eventually.ts";
import { ServedProcesses } from "./served-processes.ts";

let processes: ServedProcesses;
beforeEach(async () => {
  processes = await ServedProcesses.create();
});
afterEach(() => processes[Symbol.asyncDispose]());

const put = (url: string, key: string) =>
  fetch(`${url}/api/v1/${key}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value: key }),
  });

/** A put whose body is awaited by the server: it has asked for it. */
async function unfinishedPut(
  url: string,
  key: string,
): Promise<{ socket: Socket; answer: string[] }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const answer: string[] = [];
  socket.on("data", (chunk: Buffer) => answer.push(chunk.toString()));
  socket.on("error", () => {});
  socket.write(
    `PUT /api/v1/${key} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
      "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
  );
  await eventually(() => expect(answer.join("")).toContain("100 Continue"));
  return { socket, answer };
}

const refusesConnections = (url: string) =>
  eventually(() => expect(fetch(`${url}/livez`)).rejects.toThrow("fetch failed"));

describe("a served process", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "finishes what it has begun on %s and ends with 0",
    async (signal) => {
      const server = await processes.start();
      expect((await put(server.url, "before")).status).toBe(200);
      const { socket, answer } = await unfinishedPut(server.url, "late");
      server.process.kill(signal);
      await refusesConnections(server.url);
      socket.write('{"value":1}');
      await once(socket, "close");
      expect(answer.join("")).toContain("HTTP/1.1 200 OK");
      expect(await server.exited).toBe(0);

      const again = await processes.start();
      expect(await (await fetch(`${again.url}/api/v1/before`)).json()).toEqual({ value: "before" });
      expect(await (await fetch(`${again.url}/api/v1/late`)).json()).toEqual({ value: 1 });
    },
  );

  test("ends at once on a second signal, and keeps what it acknowledged", async () => {
    const server = await processes.start();
    expect((await put(server.url, "kept")).status).toBe(200);
    const { socket } = await unfinishedPut(server.url, "never");
    server.process.kill("SIGTERM");
    await refusesConnections(server.url);
    server.process.kill("SIGTERM");
    expect(await server.exited).toBe(1);
    socket.destroy();

    const again = await processes.start();
    expect(await (await fetch(`${again.url}/api/v1/kept`)).json()).toEqual({ value: "kept" });
    expect((await fetch(`${again.url}/api/v1/never`)).status).toBe(404);
  });

  test("keeps what it acknowledged when it is killed", async () => {
    const server = await processes.start();
    const keys = Array.from({ length: 50 }, (_, n) => `k${n}`);
    const acknowledged = await Promise.all(keys.map((key) => put(server.url, key)));
    expect(acknowledged.map(({ status }) => status)).toEqual(keys.map(() => 200));
    server.process.kill("SIGKILL");
    expect(await server.exited).toBeNull();

    const again = await processes.start();
    for (const key of keys) {
      expect(await (await fetch(`${again.url}/api/v1/${key}`)).json()).toEqual({ value: key });
    }
  });

  test("goes by other tokens after SIGHUP, and goes on", async () => {
    await using files = await AccessFiles.create();
    const tokensFile = await files.writeTokens({ first: "read" });
    const server = await processes.start("--tokens-file", tokensFile);
    const read = async (token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${server.url}/api/v1`, { headers })).status;
    };
    expect([await read("first"), await read("second")]).toEqual([200, 401]);
    await files.writeTokens({ second: "read" });
    server.process.kill("SIGHUP");
    await eventually(async () => expect(await read("second")).toBe(200));
    expect(await read("first")).toBe(401);
    server.process.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });
});
