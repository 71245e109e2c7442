import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { zstdCompressSync } from "node:zlib";

import { epoch, logOffset } from "@boxerdb/engine";
import { revision, systemNodeClock, type NodeClock } from "@boxerdb/replication";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import {
  catalogPath,
  protocolVersion,
  pullHeaders,
  pullPath,
  type CatalogResponse,
} from "../src/protocol/messages.ts";

import { contentOf, expectCaughtUp, rawRecords } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { answerJson, ScriptedLeader, type Script } from "./cluster/scripted-leader.ts";
import { TestNode } from "./cluster/test-node.ts";

const retrying = "pull failed, retrying";
const unanswered = "cannot read what the cluster has agreed on: going on with what is known";

/** Answers a pull, as a leader does whose records are all committed. */
function answerPull(
  response: ServerResponse,
  bytes: Uint8Array,
  {
    nextOffset,
    epoch = 1,
    headers = {},
  }: {
    readonly nextOffset: number;
    readonly epoch?: number;
    /** Besides what every answer has. */
    readonly headers?: Readonly<Record<string, string>>;
  },
): void {
  response
    .writeHead(200, {
      "content-type": "application/octet-stream",
      ...(headers["transfer-encoding"] === undefined && { "content-length": bytes.byteLength }),
      [pullHeaders.epoch]: String(epoch),
      [pullHeaders.nextOffset]: String(nextOffset),
      [pullHeaders.highWatermark]: String(nextOffset),
      [pullHeaders.endOffset]: String(nextOffset),
      [pullHeaders.purgeLimit]: "0",
      [pullHeaders.purgeFloor]: "0",
      [pullHeaders.compactedTo]: "0",
      [pullHeaders.round]: "0",
      ...headers,
    })
    .end(bytes);
}

/** A log as a real leader has it, for a test to damage. */
interface RealLog {
  readonly storeId: string;
  readonly databaseId: string;
  /** All records, in order; and each by itself. */
  readonly bytes: Buffer;
  readonly frames: readonly Buffer[];
  readonly nextOffset: number;
}

async function realLog(): Promise<RealLog> {
  await using leader = await TestNode.leader();
  for (let index = 0; index < 5; index++) await leader.collection().put(`key-${index}`, { index });
  const { log, manifest } = leader.open();
  const { bytes, nextOffset } = await log.readFrom(logOffset(0), 1e6);
  const frames = [...(await rawRecords(leader.directory)).values()].map((hex) =>
    Buffer.from(hex, "hex"),
  );
  return { storeId: leader.store.id, databaseId: manifest.id, bytes, frames, nextOffset };
}

/** A leader whose catalog is right, and whose pulls a test answers. */
const leaderOf = (log: RealLog, pull: Script): Promise<ScriptedLeader> =>
  ScriptedLeader.start((path, message, response) => {
    if (path === pullPath) return pull(path, message, response);
    const catalog = catalogOf(log);
    // As a leader does, it keeps those waiting who know its catalog.
    const isKnown =
      message["processId"] === catalog.processId && message["version"] === catalog.version;
    if (!isKnown || message["waitMs"] === 0) answerJson(response, 200, catalog);
    return undefined;
  });

/** What a leader tells of the databases that it has, in their first epoch. */
function catalogOf({
  storeId,
  databaseId,
  name = "default",
}: {
  readonly storeId: string;
  readonly databaseId: string;
  readonly name?: string;
}): CatalogResponse {
  const leader = { nodeId: "scripted", directoryId: `${storeId}/1` };
  return {
    protocol: protocolVersion,
    nodeId: "scripted",
    storeId,
    clusterId: storeId,
    publicUrl: "http://scripted.example",
    processId: "scripted",
    version: 1,
    databases: [
      { name, id: databaseId, revision: revision(1), epoch: epoch(1), leader, inSync: [leader] },
    ],
  };
}

/** The pauses of this one are short, for tests with many attempts. */
const hastyClock: NodeClock = {
  now: () => systemNodeClock.now(),
  monotonicMs: () => systemNodeClock.monotonicMs(),
  after: (delayMs, callback) => systemNodeClock.after(delayMs / 100, callback),
};

describe("records that are not as they were written", () => {
  test("are not appended, wherever a bit is flipped; the right ones are, afterwards", async () => {
    const log = await realLog();
    const askedFrom = new Set<unknown>();
    let tried = 0;
    await using leader = await leaderOf(log, (_path, message, response) => {
      const position = tried;
      if (position > log.bytes.byteLength) return; // The right ones were sent.
      askedFrom.add(message["from"]);
      const bytes = Buffer.from(log.bytes);
      if (position < bytes.byteLength)
        bytes[position] = (bytes[position] ?? 0) ^ (1 << (tried % 8));
      tried++;
      answerPull(response, bytes, { nextOffset: log.nextOffset });
    });
    // Without its pauses, as there are many to come.
    await using follower = await TestNode.follower(leader.url, { node: { clock: hastyClock } });
    await eventually(() => expect(follower.open().highWatermark).toBe(log.nextOffset));
    expect(askedFrom).toEqual(new Set([0])); // Nothing was appended in between.
    expect(tried).toBe(log.bytes.byteLength + 1);
    expect(follower.log.reasonsOf(retrying).join()).toMatch(
      /does not fit its checksum|is no record/,
    );
    expect(await follower.collection().get("key-4")).toEqual({ index: 4 });
  });

  const cases: readonly [
    string,
    (log: RealLog) => { bytes: Uint8Array; nextOffset?: number },
    RegExp,
  ][] = [
    [
      "garbage",
      () => ({ bytes: Buffer.from("<html>no such page</html>") }),
      /does not fit its checksum/,
    ],
    [
      "a body that ends within a record",
      (log) => ({ bytes: log.bytes.subarray(0, -3) }),
      /checksum/,
    ],
    [
      "bytes behind the last record",
      (log) => ({ bytes: Buffer.concat([log.bytes, Buffer.of(0)]) }),
      /checksum/,
    ],
    [
      "records twice",
      (log) => ({ bytes: Buffer.concat([log.bytes, log.bytes]) }),
      /offset 0 is outside of/,
    ],
    [
      "records in another order",
      (log) => ({ bytes: Buffer.concat(log.frames.toReversed()) }),
      /is outside of/,
    ],
    [
      "records beyond what the headers say",
      (log) => ({ bytes: log.bytes, nextOffset: log.nextOffset - 1 }),
      /is outside of/,
    ],
  ];

  test.each(cases)(
    "%s: nothing is appended, and the follower says why",
    async (_what, answer, reason) => {
      const log = await realLog();
      let isHonest = false;
      await using leader = await leaderOf(log, (_path, message, response) => {
        const { bytes, nextOffset = log.nextOffset } = isHonest ? log : answer(log);
        if (message["from"] === 0) answerPull(response, bytes, { nextOffset });
      });
      await using follower = await TestNode.follower(leader.url, { node: { clock: hastyClock } });
      await eventually(() => expect(leader.requestsTo(pullPath)).toBeGreaterThan(5));
      expect(follower.log.reasonsOf(retrying).join()).toMatch(reason);
      expect(follower.log.count(retrying)).toBe(1);
      expect(follower.open().log.endOffset).toBe(0);
      expect(follower.open().log.segments).toHaveLength(1);
      isHonest = true;
      await eventually(() => expect(follower.open().highWatermark).toBe(log.nextOffset));
    },
  );

  test("of an older epoch than the log has are not appended", async () => {
    const log = await realLog();
    await using leader = await leaderOf(log, (_path, message, response) => {
      if (message["from"] === 0) answerPull(response, log.bytes, { nextOffset: log.nextOffset });
      else answerPull(response, log.bytes, { nextOffset: log.nextOffset + 5, epoch: 0 });
    });
    await using follower = await TestNode.follower(leader.url);
    await eventually(() =>
      expect(follower.log.reasonsOf(retrying)).toContainEqual(
        "the leader answers in epoch 0, and this is epoch 1",
      ),
    );
    expect(follower.open().log.endOffset).toBe(log.nextOffset);
  });
});

describe("compressed records that a leader would not send", () => {
  const zstd = { "content-encoding": "zstd" };
  const cases: readonly [
    string,
    (compressed: Buffer) => { bytes: Buffer; headers?: Readonly<Record<string, string>> },
    RegExp,
  ][] = [
    [
      "64 MiB in a few kilobytes",
      () => ({ bytes: zstdCompressSync(Buffer.alloc(64 << 20)) }),
      /cannot be decoded: Cannot create a Buffer larger than/,
    ],
    [
      "a bit that is flipped",
      (compressed) => {
        const bytes = Buffer.from(compressed);
        const middle = bytes.byteLength >> 1;
        bytes[middle] = (bytes[middle] ?? 0) ^ 1;
        return { bytes };
      },
      /cannot be decoded|does not fit its checksum/,
    ],
    [
      "half of them",
      (compressed) => ({ bytes: compressed.subarray(0, compressed.byteLength >> 1) }),
      /cannot be decoded: unexpected end of file/,
    ],
    ["no compression at all", () => ({ bytes: Buffer.from("hello") }), /cannot be decoded/],
    [
      "a length that is not told",
      (bytes) => ({ bytes, headers: { ...zstd, "transfer-encoding": "chunked" } }),
      /answers with untold bytes of content-encoding zstd/,
    ],
    [
      "more than all records would be",
      () => ({ bytes: Buffer.alloc(21 << 20) }),
      /answers with 22020096 bytes of content-encoding zstd, which a pull of 4194304 bytes does not bring/,
    ],
    [
      "another encoding",
      (compressed) => ({ bytes: compressed, headers: { "content-encoding": "gzip" } }),
      /content-encoding gzip/,
    ],
  ];
  test.each(cases)(
    "%s: nothing is appended, and it is tried again",
    async (_what, answer, reason) => {
      const log = await realLog();
      const compressed = zstdCompressSync(log.bytes);
      const accepted = new Set<unknown>();
      let isHonest = false;
      await using leader = await leaderOf(log, (_path, message, response) => {
        accepted.add(response.req.headers["accept-encoding"]);
        const { bytes, headers = zstd } = isHonest ? { bytes: compressed } : answer(compressed);
        if (message["from"] === 0)
          answerPull(response, bytes, { nextOffset: log.nextOffset, headers });
      });
      await using follower = await TestNode.follower(leader.url, {
        node: { clock: hastyClock, peerCompression: "on" },
      });
      await eventually(() => expect(leader.requestsTo(pullPath)).toBeGreaterThan(3));
      expect(follower.log.reasonsOf(retrying).join()).toMatch(reason);
      expect(follower.log.count(retrying)).toBe(1);
      expect(follower.open().log.endOffset).toBe(0);
      isHonest = true;
      await eventually(() => expect(follower.open().highWatermark).toBe(log.nextOffset));
      expect(await follower.collection().get("key-4")).toEqual({ index: 4 });
      expect(accepted).toEqual(new Set(["zstd"]));
    },
  );

  test("records as they are, of a leader that does not compress, are taken", async () => {
    const log = await realLog();
    await using leader = await leaderOf(log, (_path, message, response) => {
      if (message["from"] === 0) answerPull(response, log.bytes, { nextOffset: log.nextOffset });
    });
    await using follower = await TestNode.follower(leader.url, { node: { peerCompression: "on" } });
    await eventually(() => expect(follower.open().highWatermark).toBe(log.nextOffset));
  });
});

describe("an answer that is none", () => {
  const answers: readonly [string, (response: ServerResponse) => void, RegExp][] = [
    [
      "no headers",
      (response) => response.end("hello"),
      /does not answer as a leader's peer port does/,
    ],
    [
      "a page of another server",
      (response) => response.writeHead(404, { "content-type": "text/html" }).end("<h1>404</h1>"),
      /does not answer as a leader's peer port does: check the address/,
    ],
    [
      "JSON of another server",
      (response) => answerJson(response, 403, { error: "forbidden" }),
      /does not answer as a leader's peer port does/,
    ],
    [
      "a redirect",
      (response) => response.writeHead(302, { location: "/" }).end(),
      /does not answer/,
    ],
    ["an empty error", (response) => response.writeHead(500).end(), /does not answer/],
    [
      "a refusal of the kind to come",
      (response) => answerJson(response, 409, { code: "no_idea", message: "" }),
      /does not answer/,
    ],
    [
      "a leader that is not ready",
      (response) =>
        answerJson(response, 503, { code: "unavailable", message: "my log is damaged" }),
      /my log is damaged/,
    ],
    [
      "half a body",
      (response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => response.destroy());
      },
      /cannot be reached|does not answer/,
    ],
    ["nothing", (response) => response.destroy(), /cannot be reached/],
    ["no HTTP", (response) => response.socket?.end("what?\r\n\r\n"), /cannot be reached/],
  ];

  test.each(answers)("to a pull: %s", async (_what, answer, reason) => {
    const log = await realLog();
    await using leader = await leaderOf(log, (_path, _message, response) => answer(response));
    await using follower = await TestNode.follower(leader.url, { node: { clock: hastyClock } });
    await eventually(() => expect(leader.requestsTo(pullPath)).toBeGreaterThan(3));
    expect(follower.log.reasonsOf(retrying).join()).toMatch(reason);
    expect(follower.log.count(retrying)).toBe(1);
    expect(follower.node.status()).toMatchObject({ databases: [{ halted: null }] });
    expect(follower.open().log.endOffset).toBe(0);
  });

  test.each(answers)("to a request for the catalog: %s", async (_what, answer, reason) => {
    await using leader = await ScriptedLeader.start((_path, _message, response) =>
      answer(response),
    );
    await using follower = await TestNode.follower(leader.url, { node: { clock: hastyClock } });
    await eventually(() => expect(leader.requestsTo(catalogPath)).toBeGreaterThan(3));
    expect(follower.log.errorsOf(unanswered).join()).toMatch(reason);
    expect(follower.log.count(unanswered)).toBe(1);
    expect(follower.node.readiness()).toEqual({
      ready: false,
      reason: "the leader has not answered yet",
    });
    expect(follower.store.replicaOf).toBeUndefined();
  });

  test("anything at all, to a follower that has data: it stays as it is", async () => {
    await using real = await TestNode.leader();
    await using follower = await TestNode.follower(real.peerUrl);
    for (let index = 0; index < 10; index++) await real.collection().put(`key-${index}`, index);
    await expectCaughtUp(real, follower);
    const content = await contentOf(follower.store);
    const records = await rawRecords(follower.directory);
    const storeId = real.store.id;
    const { id: databaseId } = real.open().manifest;
    await real.stop();
    await follower.stop();
    const anything = fc.record({
      status: fc.constantFrom(200, 204, 400, 404, 409, 410, 500, 503),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((json) => Buffer.from(json)),
      ),
      headers: fc.dictionary(
        fc.constantFrom(...Object.values(pullHeaders)),
        fc.oneof(
          fc.nat(100).map(String),
          fc.constantFrom("", "-1", "1e9", "x", "99999999999999999"),
        ),
      ),
    });
    const answers = fc.sample(anything, { numRuns: 150, seed: 7 });
    await using leader = await leaderOf(
      { storeId, databaseId, bytes: Buffer.alloc(0), frames: [], nextOffset: 0 },
      (_path, _message, response) => {
        const answer = answers.pop();
        if (answer === undefined) return;
        response.writeHead(answer.status, answer.headers).end(answer.body);
      },
    );
    await follower.start({ node: { leaderUrl: leader.url, clock: hastyClock } });
    await eventually(() => expect(answers).toHaveLength(0));
    expect(await contentOf(follower.store)).toEqual(content);
    expect(await rawRecords(follower.directory)).toEqual(records);
  });
});

test("a catalog with a name that no database can have is not followed", async () => {
  const storeId = randomUUID();
  await using leader = await ScriptedLeader.start((_path, _message, response) =>
    answerJson(
      response,
      200,
      catalogOf({ storeId, databaseId: randomUUID(), name: "../../escaped" }),
    ),
  );
  await using follower = await TestNode.follower(leader.url, { node: { clock: hastyClock } });
  await eventually(() => expect(leader.requestsTo(catalogPath)).toBeGreaterThan(3));
  const unfollowed = "following the cluster's databases failed, retrying";
  await eventually(() => expect(follower.log.count(unfollowed)).toBe(1));
  expect(follower.log.errorsOf(unfollowed).join()).toContain("../../escaped");
  expect(follower.store.databases()).toEqual([]);
});

test("a client names the address in every error", async () => {
  await using leader = await ScriptedLeader.start((_path, _message, response) => {
    response.end("{}");
  });
  const client = new HttpPeerClient(`${leader.url}/`);
  const message = {
    protocol: protocolVersion,
    nodeId: "n",
    storeId: "s",
    processId: "",
    publicUrl: "http://n:8080",
    version: 0,
    waitMs: 0,
  } as const;
  const ask = client.catalog(message, new AbortController().signal);
  await expect(ask).rejects.toThrow(`${leader.url} does not answer`);
  await client.close();
});
