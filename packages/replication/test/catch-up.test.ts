import { open, type BatchOperation, timestampMs } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { replicaOf } from "../src/database-log.ts";
import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import { protocolVersion } from "../src/protocol/messages.ts";

import { contentOf, expectCaughtUp, expectSameRecords, rawRecords } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { TemporaryDirectory } from "./cluster/temporary-directory.ts";
import { TestNode } from "./cluster/test-node.ts";

const KiB = 1 << 10;
const smallSegments = { segmentBytes: 16 * KiB, compaction: "manual" } as const;

/** Writes `count` keys again and again, so that most of what is written is soon replaced. */
async function churn(
  leader: TestNode,
  count: number,
  rounds: number,
  valueBytes: number,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const writes = Array.from({ length: count }, (_, index) =>
      leader.collection().put(`key-${index}`, `${round} ${"x".repeat(valueBytes)}`),
    );
    await Promise.all(writes);
  }
}

describe("a follower", () => {
  test("of a leader that is empty waits for what will come", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await expectCaughtUp(leader, follower);
    await leader.collection().put("first", 1);
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
  });

  test("joins from zero, with values of every kind", async () => {
    await using leader = await TestNode.leader();
    const things = leader.collection();
    await things.put("object", { nested: [1, null, "ü🥊"], __proto__: 1 });
    await things.put("bytes", Uint8Array.of(0, 255, 10, 13));
    await things.put("null", null);
    await things.put("", 1).catch(() => {}); // A refused write leaves nothing to replicate.
    await things.put("expires", true, { expires: timestampMs(8e15) });
    await things.put("expired", true, { expires: timestampMs(1) });
    await things.put("deleted", 1);
    await things.delete("deleted");
    await things.put("large", "x".repeat(5 << 20));
    const batch: BatchOperation[] = Array.from({ length: 500 }, (_, index) => ({
      op: "put",
      collection: `c${index % 7}`,
      key: `k${index}`,
      value: index,
    }));
    await leader.store.database("default").batch(batch);
    await using follower = await TestNode.follower(leader.peerUrl);
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
    expect(await follower.collection().get("deleted")).toBeUndefined();
    expect(await follower.collection().get("expired")).toBeUndefined();
    const bytes = await follower.collection().get("bytes");
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(bytes as Uint8Array)).toEqual(Buffer.of(0, 255, 10, 13));
  });

  test("goes on from where it was, and lags behind a backlog of many segments", async () => {
    await using leader = await TestNode.leader({ store: smallSegments });
    await using follower = await TestNode.follower(leader.peerUrl, { store: smallSegments });
    await churn(leader, 20, 3, 100);
    await expectCaughtUp(leader, follower);
    await follower.stop();
    // More than one pull takes.
    await churn(leader, 100, 30, 3 * KiB);
    await follower.start();
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
    expect(leader.open().log.segments.length).toBeGreaterThan(20);
  });

  test("copies a log that has gaps, which compaction has left", async () => {
    await using leader = await TestNode.leader({ store: smallSegments });
    await churn(leader, 50, 20, 2 * KiB);
    await leader.store.compact();
    await leader.collection().delete("key-3");
    const endOffset = leader.open().log.endOffset;
    const kept = (await rawRecords(leader.directory)).size;
    expect(kept).toBeLessThan(endOffset / 5);
    await using follower = await TestNode.follower(leader.peerUrl, { store: smallSegments });
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
    expect((await rawRecords(follower.directory)).size).toBe(kept);
  });

  test("resumes where the leader has left a gap since", async () => {
    await using leader = await TestNode.leader({ store: smallSegments });
    await using follower = await TestNode.follower(leader.peerUrl, { store: smallSegments });
    await churn(leader, 10, 5, 1 * KiB);
    await expectCaughtUp(leader, follower);
    await follower.stop();
    await churn(leader, 10, 50, 1 * KiB);
    await leader.collection().delete("key-0");
    await churn(leader, 9, 5, 1 * KiB);
    await leader.store.compact();
    await follower.start();
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower, { compacted: true });
    await follower.store.compact();
    await follower.restart();
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower, { compacted: true });
  });

  test("goes on after its own restart, and answers reads before it reaches the leader", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await churn(leader, 10, 2, 10);
    await expectCaughtUp(leader, follower);
    const content = await contentOf(follower.store);
    await follower.stop();
    await leader.stop();
    await follower.start();
    expect(await contentOf(follower.store)).toEqual(content);
    expect(follower.node.readiness()).toMatchObject({ ready: false });
    await leader.start();
    await leader.collection().put("after", 1);
    await expectCaughtUp(leader, follower);
    expect(follower.node.readiness()).toEqual({ ready: true });
    await expectSameRecords(leader, follower);
  });

  test("goes on after the leader's restart, in the leader's new epoch", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    for (const epoch of [1, 2, 3, 4]) {
      await leader.collection().put("epoch", epoch);
      await expectCaughtUp(leader, follower);
      expect(follower.open().log.epochs.last).toBe(epoch);
      await leader.restart();
    }
    await expectCaughtUp(leader, follower);
    expect(follower.open().log.epochs.starts).toEqual(leader.open().log.epochs.starts);
    await expectSameRecords(leader, follower);
  });

  test("follows a leader that came back without its old peers knowing of its new reigns", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await follower.stop();
    for (let reign = 0; reign < 3; reign++) {
      await leader.restart();
      await leader.collection().put("k", reign);
    }
    await follower.start();
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
  });
});

test("pulls of a single byte bring one group each, across segments and the gaps of compaction", async () => {
  await using leader = await TestNode.leader({
    store: { ...smallSegments, segmentBytes: 4 * KiB },
  });
  for (let round = 0; round < 40; round++) await churn(leader, 3, 1, 200);
  await using home = await TemporaryDirectory.create();
  await using copy = await open(home.path, { commit: "replicated", ...smallSegments });
  const id = leader.open().manifest.id;
  const replica = (await copy.createReplica("default", id)).open;
  if (replica === undefined) throw new Error("the replica was not created");
  const client = new HttpPeerClient(leader.peerUrl);
  let pulls = 0;
  try {
    while (replica.log.endOffset < leader.open().log.endOffset) {
      const from = replica.log.acceptedOffset;
      const last = replica.log.epochs.startBefore(from);
      const answer = await client.pull(
        {
          protocol: protocolVersion,
          ...replicaOf("by-hand", copy, replica),
          databaseId: id,
          from,
          lastEpoch: last.epoch,
          lastEpochChecksum: last.checksum,
          epoch: leader.open().log.epochs.last,
          round: 0,
          highWatermark: replica.highWatermark,
          maxBytes: 1,
          waitMs: 0,
        },
        new AbortController().signal,
      );
      if ("refusal" in answer) throw new Error(answer.refusal.message);
      await replica.appendReplicated(answer.bytes, answer.result.nextOffset);
      replica.advanceHighWatermark(answer.result.highWatermark);
      if (++pulls === 15) await leader.store.compact();
    }
  } finally {
    await client.close();
  }
  expect(pulls).toBeGreaterThan(15);
  await eventually(() => expect(replica.highWatermark).toBe(leader.open().highWatermark));
  expect(await contentOf(copy)).toEqual(await contentOf(leader.store));
});

describe("after any order of writes, compactions and restarts on both sides", () => {
  const key = fc.integer({ min: 0, max: 9 }).map((index) => `key-${index}`);
  const database = fc.constantFrom("default", "other");
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant("put" as const),
        database,
        key,
        bytes: fc.nat(3_000),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("delete" as const), database, key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant("batch" as const),
        database,
        keys: fc.array(key, { minLength: 1, maxLength: 30 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("drop" as const), database }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("compact" as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("restart-leader" as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("toggle-follower" as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("converge" as const) }) },
  );

  test("the copy is the same", async () => {
    const store = { segmentBytes: 4 * KiB, compaction: "manual" } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await using leader = await TestNode.leader({ store });
        await using follower = await TestNode.follower(leader.peerUrl, { store });
        let isUp = true;
        for (const step of steps) {
          switch (step.type) {
            case "put":
              await leader.collection(step.database).put(step.key, "x".repeat(step.bytes));
              break;
            case "delete":
              await leader.collection(step.database).delete(step.key);
              break;
            case "batch": {
              const batch = step.keys.map((key, index) =>
                index % 3 === 2
                  ? ({ op: "delete", collection: "things", key } as const)
                  : ({ op: "put", collection: `c${index % 2}`, key, value: index } as const),
              );
              await leader.store.database(step.database).batch(batch);
              break;
            }
            case "drop":
              if (leader.store.database(step.database).exists) {
                await leader.store.dropDatabase(step.database);
              }
              break;
            case "compact":
              await leader.store.compact();
              if (isUp) await follower.store.compact();
              break;
            case "restart-leader":
              await leader.restart();
              break;
            case "toggle-follower":
              await (isUp ? follower.stop() : follower.start());
              isUp = !isUp;
              break;
            case "converge":
              if (isUp) await expectCaughtUp(leader, follower);
              break;
          }
        }
        if (!isUp) await follower.start();
        await expectCaughtUp(leader, follower);
        for (const { name } of leader.store.databases()) {
          await expectSameRecords(leader, follower, { database: name, compacted: true });
        }
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});
