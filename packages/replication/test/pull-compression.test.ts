import { logOffset } from "@boxerdb/engine";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import { decompressedRecords } from "../src/http/record-compression.ts";
import { protocolVersion, pullPath, type PullRequest } from "../src/protocol/messages.ts";

import { expectCaughtUp, rawRecords } from "./cluster/content.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

const maxBytes = 1 << 20;

let leader: TestNode;
beforeAll(async () => {
  leader = await TestNode.leader();
  const things = leader.collection();
  const put = (_: unknown, index: number) =>
    things.put(`key-${index}`, { index, name: `Thing Number ${index}`, isNew: index % 2 === 0 });
  await Promise.all(Array.from({ length: 5_000 }, put));
});
afterAll(async () => {
  await leader[Symbol.asyncDispose]();
});

/** All records of the leader. */
const records = async (): Promise<Buffer> =>
  (await leader.open().log.readFrom(logOffset(0), maxBytes)).bytes;

/** Of a replica that has nothing. */
const pullRequest = (): PullRequest => ({
  protocol: protocolVersion,
  nodeId: "by-hand",
  directoryId: "no-disk/1",
  databaseId: leader.open().manifest.id,
  from: logOffset(0),
  lastEpoch: leader.open().log.epochs.startBefore(logOffset(0)).epoch,
  lastEpochChecksum: 0,
  epoch: leader.open().log.epochs.last,
  round: 0,
  highWatermark: logOffset(0),
  maxBytes,
  waitMs: 0,
});

/** A way to the leader that counts what comes by it. */
async function countingProxy(): Promise<TcpProxy & { answered: { bytes: number } }> {
  const proxy = await TcpProxy.start(leader.peerUrl);
  const answered = { bytes: 0 };
  proxy.filter = (bytes) => {
    answered.bytes += bytes.byteLength;
    return bytes;
  };
  return Object.assign(proxy, { answered });
}

describe("a leader", () => {
  const ask = async (acceptEncoding: string | undefined, fields: Partial<PullRequest> = {}) => {
    const answer = await request(leader.peerUrl + pullPath, {
      method: "POST",
      body: JSON.stringify({ ...pullRequest(), ...fields }),
      headers: acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding },
    });
    const { "content-encoding": encoding, "content-length": length } = answer.headers;
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    expect(answer.statusCode).toBe(200);
    expect(Number(length)).toBe(bytes.byteLength);
    return { encoding, bytes };
  };

  test("compresses records for who asks for it", async () => {
    const { encoding, bytes } = await ask("zstd");
    expect(encoding).toBe("zstd");
    const decoded = await decompressedRecords(bytes, maxBytes);
    expect(decoded.equals(await records())).toBe(true);
    expect(bytes.byteLength * 3).toBeLessThan((await records()).byteLength);
  });

  test.each([undefined, "gzip, br", "zstd;q=0"])(
    "sends them as they are where %s is accepted",
    async (acceptEncoding) => {
      const { encoding, bytes } = await ask(acceptEncoding);
      expect(encoding).toBeUndefined();
      expect(bytes.equals(await records())).toBe(true);
    },
  );

  test("sends few as they are, whoever asks", async () => {
    const { encoding, bytes } = await ask("zstd", { maxBytes: 1 });
    expect(encoding).toBeUndefined();
    expect(bytes.byteLength).toBeGreaterThan(0);
    expect((await records()).subarray(0, bytes.byteLength)).toEqual(bytes);
  });
});

describe("a follower", () => {
  test.each([
    ["on", 0.1, 0.4],
    ["off", 1, 1.5],
  ] as const)(
    "has the same records with compression %s, by fewer bytes or more",
    async (peerCompression, leastOfThem, mostOfThem) => {
      await using proxy = await countingProxy();
      const node = { peerCompression };
      await using follower = await TestNode.follower(proxy.url, { node });
      await expectCaughtUp(leader, follower);
      expect(await rawRecords(follower.directory)).toEqual(await rawRecords(leader.directory));
      const share = proxy.answered.bytes / (await records()).byteLength;
      expect(share).toBeGreaterThan(leastOfThem);
      expect(share).toBeLessThan(mostOfThem);
    },
  );

  test("asks by itself where answers are waited for, and as long as they are", async () => {
    let waitedMs = 0;
    let msOfEach = 0;
    const options = { waitedMs: () => (waitedMs += msOfEach) };
    await using proxy = await countingProxy();
    const client = new HttpPeerClient(proxy.url, undefined, options);
    const pull = async (): Promise<"plain" | "compressed"> => {
      const before = proxy.answered.bytes;
      const answer = await client.pull(pullRequest(), new AbortController().signal);
      if ("refusal" in answer) throw new Error(answer.refusal.message);
      expect(answer.bytes.equals(await records())).toBe(true);
      const bytes = proxy.answered.bytes - before;
      return bytes < answer.bytes.byteLength ? "compressed" : "plain";
    };
    try {
      expect([await pull(), await pull()]).toEqual(["plain", "plain"]);
      msOfEach = 200;
      expect(await pull()).toBe("plain");
      msOfEach = 0;
      expect(await pull()).toBe("compressed");
      while ((await pull()) === "compressed") continue;
    } finally {
      await client.close();
    }
  });
});
