import { open as openFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { timestampMs } from "@boxerdb/engine";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { nextEvents, nextLines } from "../../../test/feed-reader.ts";
import {
  peerUrlOf,
  putting,
  sending,
  startTestNode,
  type TestNode,
} from "../../../test/test-node.ts";

let node: TestNode;
beforeEach(async () => {
  node = await startTestNode();
});
afterEach(() => node[Symbol.asyncDispose]());

const changesPath = "/api/v2/default/_changes";

const put = async (path: string, value: unknown): Promise<number> => {
  const response = await node.app.request(path, putting(value));
  return z.object({ offset: z.number() }).parse(await response.json()).offset;
};

const batch = (operations: readonly unknown[]) =>
  node.app.request("/api/v2/default/_batch", sending("POST", { operations }));

/** Offsets 1 to 7: two keys, a batch of three, a deletion, and one of another collection. */
const writeSome = async (): Promise<void> => {
  await put("/api/v1/a%2F1", { n: 1 });
  await put("/api/v1/b", "two");
  await batch([
    { op: "put", collection: "default", key: "a/2", value: 3 },
    { op: "put", collection: "other", key: "a/3", value: [4] },
    { op: "delete", collection: "default", key: "b" },
  ]);
  await node.app.request("/api/v1/a%2F1", { method: "DELETE" });
  await put("/api/v2/default/other/c", null);
};

const ask = async (query: string, headers: Record<string, string> = {}) => {
  const response = await node.app.request(`${changesPath}${query}`, { headers });
  const text = await response.text();
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return {
    status: response.status,
    headers: response.headers,
    changes: lines.map((line) => z.looseObject({ offset: z.number() }).parse(JSON.parse(line))),
  };
};

const offsets = async (query: string): Promise<number[]> =>
  (await ask(query)).changes.map(({ offset }) => offset);

const refusal = async (query: string, headers: Record<string, string> = {}) => {
  const response = await node.app.request(`${changesPath}${query}`, { headers });
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return z
    .looseObject({ status: z.number(), code: z.string(), message: z.string() })
    .parse(await response.json());
};

describe("lines up to the present end", () => {
  test("tell all that was written, in order", async () => {
    await writeSome();
    const { status, headers, changes } = await ask("");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    expect(headers.get("boxerdb-offset")).toBe("7");
    const timestamp = expect.any(Number);
    const place = (collection: string, key: string) => ({ collection, key, timestamp });
    expect(changes).toEqual([
      { offset: 1, op: "put", ...place("default", "a/1"), value: { n: 1 } },
      { offset: 2, op: "put", ...place("default", "b"), value: "two" },
      { offset: 3, op: "put", ...place("default", "a/2"), value: 3, batchEnd: 5 },
      { offset: 4, op: "put", ...place("other", "a/3"), value: [4], batchEnd: 5 },
      { offset: 5, op: "delete", ...place("default", "b") },
      { offset: 6, op: "delete", ...place("default", "a/1") },
      { offset: 7, op: "put", ...place("other", "c"), value: null },
    ]);
  });

  test("tell bytes as base64, and when a value expires", async () => {
    const collection = node.store.database("default").collection("bytes");
    const expires = Date.now() + 3_600_000;
    await collection.put("k", Buffer.from("hello"), { expires: timestampMs(expires) });
    expect((await ask("")).changes).toMatchObject([{ key: "k", base64: "aGVsbG8=", expires }]);
    expect((await ask("")).changes[0]).not.toHaveProperty("value");
  });

  test.each([
    ["?from=0", [1, 2, 3, 4, 5, 6, 7]],
    ["?from=4", [4, 5, 6, 7]],
    ["?from=8", []],
    ["?from=now", []],
    ["?collection=other", [4, 7]],
    ["?collection=default&prefix=a/", [1, 3, 6]],
    ["?collection=default&prefix=a%2F&from=2", [3, 6]],
    ["?collection=none", []],
    ["?collection=other&prefix=", [4, 7]],
  ])("%s tells %j", async (query, expected) => {
    await writeSome();
    expect(await offsets(query)).toEqual(expected);
  });

  test("go on after the event of Last-Event-ID, whatever from says", async () => {
    await writeSome();
    const { changes } = await ask("?from=1", { "last-event-id": "5" });
    expect(changes.map(({ offset }) => offset)).toEqual([6, 7]);
  });

  test("are none of the default database before its first write, 404 of others", async () => {
    expect((await ask("")).changes).toEqual([]);
    const response = await node.app.request("/api/v2/nowhere/_changes");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "database_not_found" });
  });

  test("are not sent to HEAD, and other methods do not work", async () => {
    await writeSome();
    const head = await node.app.request(changesPath, { method: "HEAD" });
    expect(head.headers.get("content-type")).toBe("application/x-ndjson");
    expect(await head.text()).toBe("");
    const refused = await node.app.request(changesPath, { method: "POST" });
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  });
});

test("the server's own collections are not told, nor can they be asked for", async () => {
  const once = { "idempotency-key": "one" };
  await node.app.request("/api/v1/k", putting(1, once));
  await put("/api/v1/k", 2);
  const { changes } = await ask("");
  expect(changes.map(({ collection }) => collection)).toEqual(["default", "default"]);
  const lines = nextLines(await node.app.request(`${changesPath}?follow&limit=2`));
  expect(await lines(3)).toMatchObject([{ next: 0 }, { value: 1 }, { value: 2 }]);
});

describe("pages", () => {
  test("lead from one to the next, until they are empty", async () => {
    await writeSome();
    const seen: number[][] = [];
    let path = `${changesPath}?collection=default&limit=2&from=0`;
    for (let page = 0; page < 4; page += 1) {
      const response = await node.app.request(path);
      const text = await response.text();
      expect(response.headers.get("content-length") ?? String(text.length)).toBe(
        String(text.length),
      );
      seen.push(
        text
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => z.object({ offset: z.number() }).parse(JSON.parse(line)).offset),
      );
      const [, link] = /^<(.*)>; rel="next"$/.exec(response.headers.get("link") ?? "") ?? [];
      expect(link).toMatch(
        new RegExp(`[?&]from=${response.headers.get("boxerdb-next-offset")}$`, "u"),
      );
      path = link ?? "";
    }
    expect(seen).toEqual([[1, 2], [3, 5], [6], []]);
    // What other collections wrote is passed over for good.
    expect(path).toBe(`${changesPath}?collection=default&limit=2&from=8`);
  });

  test("end early before they fill the memory", async () => {
    const text = "x".repeat(1_000_000);
    for (let n = 0; n < 6; n += 1) await put(`/api/v1/${n}`, text);
    const { changes, headers } = await ask("?limit=100");
    expect(changes).toHaveLength(5);
    expect(headers.get("boxerdb-next-offset")).toBe("6");
  });

  test("wait for the first change, and tell all there is then", async () => {
    const waiting = ask("?from=1&wait=300");
    await batch([
      { op: "put", collection: "c", key: "x", value: 1 },
      { op: "put", collection: "c", key: "y", value: 2 },
    ]);
    const { changes, headers } = await waiting;
    expect(changes).toMatchObject([{ key: "x" }, { key: "y" }]);
    expect(headers.get("boxerdb-next-offset")).toBe("3");
  });

  test("do not wait where there is something", async () => {
    await writeSome();
    expect(await offsets("?from=6&wait=300")).toEqual([6, 7]);
  });

  test("are empty when no wanted change has come in time", async () => {
    await writeSome();
    const { status, changes, headers } = await ask("?from=now&wait=0.02");
    expect(status).toBe(200);
    expect(changes).toEqual([]);
    expect(headers.get("boxerdb-next-offset")).toBe("8");
    expect(headers.get("link")).toBe(`<${changesPath}?wait=0.02&from=8>; rel="next"`);
  });

  test("that wait are answered when the client goes, or the server stops", async () => {
    const leaving = new AbortController();
    const left = node.app.request(
      new Request(`http://localhost${changesPath}?wait=300`, { signal: leaving.signal }),
    );
    // By the time that another request was answered, this one waits.
    await ask("?wait=0.02");
    leaving.abort();
    expect((await left).status).toBe(200);
    const stopping = new AbortController();
    await using stopped = await startTestNode({ api: { stopping: stopping.signal } });
    const waiting = stopped.app.request(`${changesPath}?wait=300`);
    await ask("?wait=0.02");
    stopping.abort();
    expect(await (await waiting).text()).toBe("");
  });
});

describe("a feed that lasts", () => {
  test("as events: what there is, then what comes, with ids to go on from", async () => {
    await writeSome();
    const response = await node.app.request(`${changesPath}?from=6`, {
      headers: { accept: "text/event-stream" },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toContain("no-store");
    const events = nextEvents(response);
    expect(await events(1)).toEqual(["retry: 1000\nid: 5"]);
    expect(await events(2)).toEqual([
      expect.stringMatching(/^id: 6\nevent: delete\ndata: \{"offset":6,"op":"delete",.*\}$/),
      expect.stringMatching(/^id: 7\nevent: put\ndata: \{"offset":7,"op":"put",.*"value":null,/),
    ]);
    await put("/api/v1/late", "line\nbreak");
    expect(await events(1)).toEqual([
      expect.stringMatching(/^id: 8\nevent: put\ndata: .*"value":"line\\nbreak"/),
    ]);
  });

  test("as lines", async () => {
    await writeSome();
    const response = await node.app.request(`${changesPath}?follow&from=now`);
    const lines = nextLines(response);
    expect(await lines(1)).toEqual([{ next: 8 }]);
    await put("/api/v1/late", 8);
    expect(await lines(1)).toMatchObject([{ offset: 8, key: "late", value: 8 }]);
  });

  test("ends after as many changes as are wanted", async () => {
    await writeSome();
    expect(await (await node.app.request(`${changesPath}?follow&limit=2`)).text()).toMatch(
      /^\{"next":0\}\n.*"offset":1.*\n.*"offset":2.*\n\{"next":3\}\n$/,
    );
  });

  test("waits for its database to get its first write", async () => {
    const lines = nextLines(await node.app.request(`${changesPath}?follow`));
    expect(await lines(1)).toEqual([{ next: 0 }]);
    await put("/api/v1/first", 1);
    expect(await lines(1)).toMatchObject([{ offset: 1, key: "first" }]);
  });

  test("ends when its database is dropped, and says that it is gone", async () => {
    await put("/api/v2/other/c/k", 1);
    const response = await node.app.request("/api/v2/other/_changes?follow");
    const lines = nextLines(response);
    expect(await lines(2)).toMatchObject([{ next: 0 }, { offset: 1 }]);
    await node.app.request("/api/v2/other", { method: "DELETE" });
    expect(await lines(2)).toMatchObject([{ problem: { code: "database_not_found" } }]);
  });

  test("ends when its database is opened anew, and says how far it has come", async () => {
    await put("/api/v2/other/c/k", 1);
    const lines = nextLines(await node.app.request("/api/v2/other/_changes?follow"));
    expect(await lines(2)).toMatchObject([{ next: 0 }, { offset: 1 }]);
    await node.store.reopenDatabase("other");
    expect(await lines(2)).toEqual([{ next: 2 }]);
  });

  test.each([
    ["text/event-stream", "text/event-stream"],
    ["TEXT/Event-Stream; q=0.5, */*;q=0.1", "text/event-stream"],
    ["application/x-ndjson, text/event-stream;q=0.9", "application/x-ndjson"],
    ["text/event-stream;q=0", "application/x-ndjson"],
    ["*/*", "application/x-ndjson"],
    ["application/json", "application/x-ndjson"],
  ])("is chosen by Accept: %s gives %s", async (accept, type) => {
    const response = await node.app.request(changesPath, { headers: { accept } });
    expect(response.headers.get("content-type")).toBe(type);
    await response.body?.cancel();
  });
});

describe("is refused", () => {
  test.each([
    ["?from=-1", "from"],
    ["?from=1.5", "from"],
    ["?from=", "from"],
    ["?from=99999999999999999", "from"],
    ["?limit=0", "limit"],
    ["?wait=301", "wait"],
    ["?wait=soon", "wait"],
    ["?wait=1&follow", "wait"],
    ["?follow=maybe", "follow"],
    ["?prefix=a", "prefix"],
    ["?since=1", "since"],
    ["?from=1&from=2", "from"],
  ])("%s, with the parameter's name", async (query, parameter) => {
    expect(await refusal(query)).toMatchObject({ status: 400, code: "invalid_query", parameter });
  });

  test("a name that is none, also that of the server's own collections", async () => {
    for (const name of ["_own", "", "no%20space"]) {
      expect(await refusal(`?collection=${name}`)).toMatchObject({
        status: 400,
        code: "invalid_name",
      });
    }
  });

  test("a Last-Event-ID that is no offset", async () => {
    expect(await refusal("", { "last-event-id": "abc" })).toMatchObject({
      status: 400,
      code: "invalid_header",
      header: "Last-Event-ID",
    });
  });

  test("an offset that a leader's log has not come to", async () => {
    await put("/api/v1/k", 1);
    expect(await offsets("?from=2")).toEqual([]);
    expect(await refusal("?from=3")).toMatchObject({
      status: 409,
      code: "offset_ahead",
      from: 3,
      endOffset: 2,
    });
  });
});

test("a follower waits for an offset that it has not come to", async () => {
  await using follower = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(node) },
  });
  const lines = nextLines(await follower.app.request(`${changesPath}?follow&from=2`));
  expect(await lines(1)).toEqual([{ next: 2 }]);
  await put("/api/v1/k", 1);
  await put("/api/v1/k", 2);
  expect(await lines(1)).toMatchObject([{ offset: 2, value: 2 }]);
});

test("deletions that compaction has dropped are told, unless all is read from 0", async () => {
  // Only a store that is no replica drops deletions, so far.
  await using alone = await startTestNode({
    store: { commit: "synced", segmentBytes: 4096, compaction: "manual" },
  });
  const database = alone.store.database("default");
  const keys = database.collection("keys");
  for (let n = 0; n < 100; n += 1) await keys.put(`k${n}`, "x".repeat(100));
  for (let n = 0; n < 99; n += 1) await keys.delete(`k${n}`);
  for (let n = 0; n < 100; n += 1) await keys.put("last", "x".repeat(100));
  await alone.store.compact();
  const purgeFloor = database.status()?.purgeFloor ?? 0;
  expect(purgeFloor).toBeGreaterThan(1);
  for (const form of ["", "&limit=5", "&follow", "&wait=1"]) {
    const refused = await alone.app.request(`${changesPath}?from=1${form}`);
    expect(refused.status).toBe(410);
    expect(await refused.json()).toMatchObject({ code: "offset_purged", from: 1, purgeFloor });
  }
  const all = await alone.app.request(`${changesPath}?from=0`);
  expect(all.status).toBe(200);
  expect(await all.text()).toContain('"key":"k99"');
  expect((await alone.app.request(`${changesPath}?from=${purgeFloor}`)).status).toBe(200);
});

test("damage is told: before anything is sent, as the last event, or by a connection that is cut", async () => {
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(line) });
  await using damaged = await startTestNode({ api: { log } });
  for (const value of ["whole", "to be damaged"]) {
    await damaged.app.request("/api/v1/k", putting(value));
  }
  await damageOnDisk(damaged.store.directory, "to be damaged");

  const page = await damaged.app.request(`${changesPath}?limit=2`);
  expect(page.status).toBe(500);
  expect(await page.json()).toMatchObject({ code: "corrupt" });

  const events = await damaged.app.request(changesPath, {
    headers: { accept: "text/event-stream" },
  });
  expect(await events.text()).toMatch(
    /"value":"whole".*\n\nevent: problem\ndata: \{.*"code":"corrupt".*\}\n\n$/,
  );
  const lines = nextLines(await damaged.app.request(`${changesPath}?follow`));
  expect(await lines(3)).toMatchObject([{}, { value: "whole" }, { problem: { code: "corrupt" } }]);
  expect(logged.filter((line) => line.includes("does not fit its checksum"))).toHaveLength(3);

  const all = await damaged.app.request(changesPath);
  await expect(all.text()).rejects.toMatchObject({ code: "CORRUPT" });
});

/** Changes a byte of a text in the files below a directory. */
async function damageOnDisk(directory: string, text: string): Promise<void> {
  let damaged = 0;
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    if (!(await stat(path)).isFile()) continue;
    const position = (await readFile(path)).indexOf(text);
    if (position === -1) continue;
    await using file = await openFile(path, "r+");
    await file.write("T", position);
    damaged += 1;
  }
  expect(damaged).toBe(1);
}
