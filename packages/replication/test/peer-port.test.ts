import { once } from "node:events";
import { connect } from "node:net";

import { logOffset } from "@boxerdb/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { catalogPath, pullHeaders, pullPath, refusalSchema } from "../src/protocol/messages.ts";

import { expectCaughtUp } from "./cluster/content.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TestNode } from "./cluster/test-node.ts";
import { toldOfLed } from "./cluster/told-databases.ts";

let leader: TestNode;
beforeAll(async () => {
  leader = await TestNode.leader();
  await leader.collection().put("k", 1);
  await leader.collection().put("k", 2);
});
afterAll(async () => {
  await leader[Symbol.asyncDispose]();
});

const asker = { protocol: 3, nodeId: "by-hand" };
const publicUrl = "http://by-hand.example:8080";
const catalogRequest = {
  ...asker,
  storeId: "no-disk",
  processId: "",
  version: 0,
  publicUrl,
  waitMs: 0,
};
const pullRequest = (fields: object = {}): object => ({
  ...asker,
  directoryId: "no-disk/1",
  databaseId: leader.open().manifest.id,
  from: 0,
  lastEpoch: 0,
  lastEpochChecksum: 0,
  epoch: 1,
  round: 0,
  highWatermark: 0,
  maxBytes: 1_000,
  waitMs: 0,
  ...fields,
});

/** Sends a message, or bytes that are none. */
const post = (path: string, body: object | string | Buffer<ArrayBuffer>): Promise<Response> =>
  fetch(leader.peerUrl + path, {
    method: "POST",
    body: typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

const refusalOf = async (response: Response): Promise<unknown> =>
  refusalSchema.parse(await response.json());

/** Sends bytes as they are; resolves to all that comes back until the connection is closed. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(leader.node.peerPort ?? 0, "127.0.0.1");
  socket.on("error", () => {}); // A server may cut off what it does not want to hear.
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

describe("a good request", () => {
  test("for the catalog is answered", async () => {
    const response = await post(catalogPath, catalogRequest);
    expect(response.status).toBe(200);
    const { id: storeId } = leader.store;
    const { id, logId } = leader.open().manifest;
    const self = { nodeId: "leader", directoryId: `${storeId}/${logId.toString(16)}` };
    expect(await response.json()).toMatchObject({
      protocol: 3,
      nodeId: "leader",
      storeId,
      clusterId: storeId,
      databases: [{ name: "default", id, epoch: 1, leader: self, inSync: [self] }],
    });
  });

  test("for records is answered with them, byte for byte", async () => {
    const response = await post(pullPath, pullRequest());
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    const { bytes, nextOffset } = await leader.open().log.readFrom(logOffset(0), 1e6);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get(pullHeaders.nextOffset)).toBe(String(nextOffset));
    expect(response.headers.get(pullHeaders.epoch)).toBe("1");
    expect(response.headers.get(pullHeaders.endOffset)).toBe("3");
    expect(response.headers.get(pullHeaders.highWatermark)).toBe("3");
    expect(response.headers.get(pullHeaders.purgeLimit)).toBe("0");
    expect(response.headers.get(pullHeaders.round)).toBe("0");
  });
});

describe("a bad request is refused with what is wrong", () => {
  test.each([
    ["malformed JSON", "{", "expected object"],
    ["no body", "", "expected object"],
    ["JSON of another kind", "[]", "expected object"],
    ["bytes", Buffer.of(0xff, 0xfe), "expected object"],
    ["another protocol version", { ...catalogRequest, protocol: 2, was: 2 }, "speaks protocol 3"],
    ["a URL that is none", { ...catalogRequest, publicUrl: "javascript:0" }, "publicUrl: "],
    ["a field too many", { ...catalogRequest, extra: true }, "extra"],
    ["a field too few", { ...catalogRequest, nodeId: undefined }, "nodeId: "],
    ["a field that is wrong", { ...catalogRequest, waitMs: -1 }, "waitMs: "],
  ])("%s", async (_what, body, message) => {
    const response = await post(catalogPath, body);
    expect(response.status).toBe(400);
    const refusal = { code: "bad_request", message: expect.stringContaining(message) };
    expect(await refusalOf(response)).toMatchObject(refusal);
  });

  test("which the log tells, but not of each that comes soon after", async () => {
    const clock = new ManualClock();
    await using other = await TestNode.leader({ node: { clock } });
    const askOther = (): Promise<Response> =>
      fetch(other.peerUrl + catalogPath, {
        method: "POST",
        body: JSON.stringify({ ...catalogRequest, protocol: 2 }),
      });
    const told = (): object[] =>
      other.log.lines.filter(({ message }) => message.startsWith("refused a request"));
    for (let request = 0; request < 3; request++) await askOther();
    const reason = expect.stringContaining("speaks protocol 3, the one that asks 2");
    expect(told()).toMatchObject([{ level: "warn", fields: { reason, unsaid: 0 } }]);
    clock.advance(10_000);
    await askOther();
    expect(told()[1]).toMatchObject({ fields: { unsaid: 2 } });
  });

  test("and a pull is checked as well", async () => {
    for (const fields of [{ from: -1 }, { from: 2 ** 53 }, { maxBytes: 0 }, { protocol: 9 }]) {
      expect((await post(pullPath, pullRequest(fields))).status).toBe(400);
    }
  });

  test("an unknown path, and a known one by another method", async () => {
    expect((await post("/peer/v2/pull", pullRequest())).status).toBe(404);
    expect((await post("/", {})).status).toBe(404);
    expect((await fetch(leader.peerUrl + pullPath)).status).toBe(404);
    expect((await fetch(leader.peerUrl + "/api/v1/k")).status).toBe(404);
  });

  test("a body that is too long, by its length and by its bytes", async () => {
    const body = JSON.stringify({ ...catalogRequest, nodeId: "x".repeat(70_000) });
    const long = await post(catalogPath, body);
    expect(long.status).toBe(400);
    const refusal = { code: "bad_request", message: "a request has at most 65536 bytes" };
    expect(await refusalOf(long)).toEqual(refusal);
    const head = `POST ${catalogPath} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    const endless = await sendRaw(
      `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(50)}0\r\n\r\n`,
    );
    expect(endless).toContain("400 Bad Request");
    expect(endless).toContain(refusal.message);
    // Only the length, without the bytes: nobody waits for them.
    expect(await sendRaw(`${head}Content-Length: 99999999999\r\n\r\n`)).toContain(refusal.message);
  });

  test("no HTTP at all", async () => {
    expect(await sendRaw("hello\r\n\r\n")).toContain("400 Bad Request");
  });
});

describe("a pull that cannot be answered", () => {
  test("of a database that is not there", async () => {
    const response = await post(pullPath, pullRequest({ databaseId: "no-such-uuid" }));
    expect(response.status).toBe(404);
    expect(await refusalOf(response)).toMatchObject({ code: "unknown_database" });
  });

  test("by whoever has this node's own name and directory", async () => {
    const { logId } = leader.open().manifest;
    const directoryId = `${leader.store.id}/${logId.toString(16)}`;
    const response = await post(pullPath, pullRequest({ nodeId: "leader", directoryId, from: 3 }));
    expect(response.status).toBe(400);
    expect(await refusalOf(response)).toMatchObject({
      message: expect.stringContaining("give each node one of its own"),
    });
    expect(leader.node.status()).toMatchObject({ databases: [{ inSync: 1 }] });
  });

  test.each([
    {
      what: "after another reign under the number of an epoch that is here",
      fields: { from: 2, lastEpoch: 1, lastEpochChecksum: 7 },
      ends: "here",
    },
    {
      what: "after an epoch that it cannot have",
      fields: { from: 2, lastEpoch: 0 },
      ends: "nowhere",
    },
    {
      what: "from zero, after an epoch",
      fields: { from: 0, lastEpoch: 1 },
      ends: "here",
    },
    {
      what: "after an epoch beyond this one",
      fields: { from: 2, lastEpoch: 7, lastEpochChecksum: 7 },
      ends: "here",
    },
  ])("$what", async ({ fields, ends }) => {
    const response = await post(pullPath, pullRequest(fields));
    expect(response.status).toBe(409);
    // The newest reign that the follower could share, by its number and by its first record.
    const checksum = leader.open().log.epochs.starts[0]?.checksum;
    const reign =
      ends === "here"
        ? { epoch: 1, checksum, endOffset: 3 }
        : { epoch: 0, checksum: 0, endOffset: 0 };
    expect(await refusalOf(response)).toMatchObject({ code: "diverged", ...reign });
  });

  test("beyond the end", async () => {
    const [first] = leader.open().log.epochs.starts;
    const reign = { lastEpoch: 1, lastEpochChecksum: first?.checksum };
    const response = await post(pullPath, pullRequest({ from: 4, ...reign }));
    expect(response.status).toBe(409);
    const refusal = { code: "diverged", epoch: 1, checksum: first?.checksum, endOffset: 3 };
    expect(await refusalOf(response)).toMatchObject(refusal);
  });

  test.each([0, 2])("in epoch %i, which is not this one", async (epoch) => {
    const [first] = leader.open().log.epochs.starts;
    const reign = { lastEpoch: 1, lastEpochChecksum: first?.checksum };
    const response = await post(pullPath, pullRequest({ from: 3, ...reign, epoch }));
    expect(response.status).toBe(409);
    expect(await refusalOf(response)).toMatchObject({ code: "wrong_epoch", epoch: 1 });
  });

  test("none of them makes a replica", async () => {
    await post(pullPath, pullRequest({ directoryId: "refused", from: 4 }));
    const database = toldOfLed(leader.node);
    // What came from 0 was in order, and counts.
    expect(database?.followers).toMatchObject([{ nodeId: "by-hand", syncedOffset: 0 }]);
    expect(database?.inSync).toBe(1);
  });
});

test("after all of this, followers are served", async () => {
  await using follower = await TestNode.follower(leader.peerUrl);
  await expectCaughtUp(leader, follower);
  expect(leader.log.lines.filter(({ level }) => level === "error")).toEqual([]);
});
