import { connect } from "node:net";

import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

import { eventually } from "./eventually.ts";
import { EventClient, LineClient, type ToldChange } from "./feed-clients.ts";
import type { ServedProcess } from "./served-process.ts";
import { ServedProcesses } from "./served-processes.ts";
import { startTestServer } from "./test-server.ts";

const changesPath = "/api/v2/default/_changes";

let processes: ServedProcesses;
beforeEach(async () => {
  processes = await ServedProcesses.create();
});
afterEach(() => processes[Symbol.asyncDispose]());

/** On the port of the server before, so that clients find it again. */
const startAgain = async ({ url }: ServedProcess): Promise<ServedProcess> =>
  processes.start("--port", new URL(url).port);

const putAnswer = z.object({ offset: z.number() });

/** Puts until the server is gone; `acknowledged` gets the key of each offset that was answered. */
async function write(url: string, name: string, acknowledged: Map<number, string>): Promise<void> {
  for (let n = 0; ; n += 1) {
    const key = `${name}-${n}`;
    try {
      const response = await fetch(`${url}/api/v1/${key}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ value: key }),
      });
      acknowledged.set(putAnswer.parse(await response.json()).offset, key);
    } catch {
      return;
    }
  }
}

/** All that the log holds, as it is told to who asks once. */
async function logOf(url: string): Promise<ToldChange[]> {
  const text = await (await fetch(`${url}${changesPath}`)).text();
  const line = z.looseObject({ offset: z.number(), op: z.string(), key: z.string() });
  return text
    .trimEnd()
    .split("\n")
    .map((json) => line.parse(JSON.parse(json)));
}

test("clients that follow see every committed change once, over SIGKILLs of the server", async () => {
  const kills = 3;
  const acknowledged = new Map<number, string>();
  let server = await processes.start();
  const { url } = server;
  using events = new EventClient(`${url}${changesPath}`);
  using lines = new LineClient(`${url}${changesPath}`);
  const clients = [events, lines];

  for (let kill = 0; kill < kills; kill += 1) {
    const toldBefore = clients.map(({ told }) => told.length);
    const writers = [0, 1, 2, 3].map((n) => write(url, `k${kill}-${n}`, acknowledged));
    // All are in the middle of it.
    await eventually(() =>
      clients.forEach(({ told }, n) => {
        expect(told.length).toBeGreaterThan((toldBefore[n] ?? 0) + 50);
      }),
    );
    server.process.kill("SIGKILL");
    await server.exited;
    await Promise.all(writers);
    server = await startAgain(server);
  }

  const log = await logOf(url);
  for (const client of clients) {
    await eventually(() => expect(client.told.length).toBeGreaterThanOrEqual(log.length));
    await eventually(() => expect(client.connections).toBeGreaterThan(kills));
    expect(client.told).toEqual(log);
  }
  const keyOf = new Map(log.map(({ offset, key }) => [offset, key]));
  for (const [offset, key] of acknowledged) expect(keyOf.get(offset)).toBe(key);
  expect(acknowledged.size).toBeGreaterThan(kills * 50);
}, 90_000);

test("a server that stops ends its feeds at once, and clients find it again", async () => {
  let server = await processes.start();
  const { url } = server;
  using events = new EventClient(`${url}${changesPath}`);
  using lines = new LineClient(`${url}${changesPath}`);
  const put = (key: string) =>
    fetch(`${url}/api/v1/${key}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ value: key }),
    });
  const keysTold = ({ told }: { told: readonly ToldChange[] }) => told.map(({ key }) => key);
  await put("before");
  for (const client of [events, lines]) {
    await eventually(() => expect(keysTold(client)).toEqual(["before"]));
  }
  server.process.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  server = await startAgain(server);
  await put("after");
  for (const client of [events, lines]) {
    await eventually(() => expect(keysTold(client)).toEqual(["before", "after"]));
    expect(client.connections).toBeGreaterThan(1);
  }
});

test("nothing is cut off when a server stops, however many feeds wait", async () => {
  await using server = await startTestServer();
  const path = `${server.url}${changesPath}`;
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].flatMap(() => [
      fetch(path, { headers: { accept: "text/event-stream" } }),
      fetch(`${path}?follow`),
    ]),
  );
  const waiting = fetch(`${path}?wait=300`);
  // It waits: of what came after it on the server, there is an answer.
  await fetch(`${server.url}/livez`);
  const closed = server.server.close();
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(texts).toEqual(
    [1, 2, 3, 4, 5].flatMap(() => ["retry: 1000\n\n:\n\n", '{"next":0}\n{"next":0}\n']),
  );
  expect(await (await waiting).text()).toBe("");
  await closed;
  expect(server.logged.map(({ msg }) => msg)).not.toContainEqual(
    expect.stringContaining("cut off"),
  );
});

test("a client that goes leaves nothing behind, whether it reads or waits or neither", async () => {
  await using server = await startTestServer();
  // More than all buffers between server and client hold.
  const large = JSON.stringify({ value: "x".repeat(8_000_000) });
  for (let n = 0; n < 4; n += 1) {
    await fetch(`${server.url}/api/v1/${n}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: large,
    });
  }
  const feeds = async (): Promise<number> => {
    const status = z.object({ databases: z.tuple([z.looseObject({ openFeeds: z.number() })]) });
    const answer = await fetch(`${server.url}/status`);
    return status.parse(await answer.json()).databases[0].openFeeds;
  };
  const clients = ["", "?follow", "?from=now&follow", "?from=now&wait=300"].map((query) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${changesPath}${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return socket;
  });
  await eventually(async () => expect(await feeds()).toBe(clients.length));
  for (const client of clients) client.destroy();
  await eventually(async () => expect(await feeds()).toBe(0));
});
