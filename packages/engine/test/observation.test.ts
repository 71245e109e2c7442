/** What a program that watches a store is told: groups as they are written, and the status. */
import { logOffset, type DatabaseStatus, type Store, type WrittenGroup } from "@boxerdb/engine";
import { beforeEach, expect, test } from "vitest";

import { SimulatedMachine } from "./simulated-machine.ts";

let machine: SimulatedMachine;

beforeEach(() => {
  machine = new SimulatedMachine();
});

function statusOf(store: Store): DatabaseStatus {
  const status = store.database("app").status();
  if (status === undefined) throw new Error("the database was written to");
  return status;
}

test("every group is told once, with its records, their bytes and how it was made durable", async () => {
  const groups: WrittenGroup[] = [];
  const store = await machine.open({ onGroupWritten: (group) => groups.push(group) });
  const users = store.database("app").collection("users");
  await users.put("a", 1);
  // The record of the first epoch was alone, or with the first write.
  groups.length = 0;
  const before = statusOf(store).bytes;
  const writes = [users.put("b", 2), users.put("c", 3), users.put("d", "4".repeat(100))];
  await Promise.all(writes);
  expect(groups).toEqual([
    {
      database: "app",
      records: 3,
      bytes: expect.any(Number),
      durability: "disk",
      durationMs: expect.any(Number),
    },
  ]);
  const [group] = groups;
  expect(group?.bytes).toBeGreaterThan(100);
  expect(group?.bytes).toBeLessThan(statusOf(store).bytes - before);

  await users.put("e", 5, { durability: "os" });
  await users.delete("a");
  expect(groups.slice(1)).toMatchObject([
    { records: 1, durability: "os" },
    { records: 1, durability: "disk" },
  ]);
  await store.close();
});

test("snapshots and feeds are counted while they are open", async () => {
  const store = await machine.open();
  const database = store.database("app");
  await database.collection("users").put("a", 1);
  const open = () => {
    const { openSnapshots, openFeeds } = statusOf(store);
    return { openSnapshots, openFeeds };
  };
  expect(open()).toEqual({ openSnapshots: 0, openFeeds: 0 });

  const snapshots = [database.snapshot(), database.snapshot()];
  const feed = database.changes({ from: logOffset(0) });
  const abandoned = database.changes({ from: logOffset(0) });
  await feed.next();
  await abandoned.next();
  expect(open()).toEqual({ openSnapshots: 2, openFeeds: 2 });

  snapshots[0]?.close();
  await abandoned.return();
  expect(open()).toEqual({ openSnapshots: 1, openFeeds: 1 });
  // One that waits for the next change.
  const next = feed.next();
  await feed.return();
  await next;
  snapshots[1]?.close();
  expect(open()).toEqual({ openSnapshots: 0, openFeeds: 0 });
  await store.close();
});

test("the status tells of the checkpoint that the next open would begin with", async () => {
  const store = await machine.open({ checkpoint: "manual" });
  const users = store.database("app").collection("users");
  await users.put("a", 1);
  const { checkpoint: none, indexBytes } = statusOf(store);
  expect(none).toMatchObject({ offset: 0, bytes: 0, written: 0, failures: 0 });
  expect(none.uncoveredLogBytes).toBeGreaterThan(0);
  expect(indexBytes).toBeGreaterThan(0);

  await store.checkpoint();
  const { checkpoint, highWatermark } = statusOf(store);
  expect(checkpoint).toMatchObject({
    offset: highWatermark,
    uncoveredLogBytes: 0,
    written: 1,
    failures: 0,
  });
  expect(checkpoint.bytes).toBeGreaterThan(0);

  await users.put("b", 2);
  const { checkpoint: behind } = statusOf(store);
  expect(behind).toMatchObject({ offset: highWatermark, written: 1 });
  expect(behind.uncoveredLogBytes).toBeGreaterThan(0);
  await store.close();
});

test("the status tells how compaction keeps back writers who are faster than it", async () => {
  const inBackground = { compaction: "background", compactionBytesPerSecond: 2 ** 36 } as const;
  const store = await machine.open(inBackground);
  const value = "v".repeat(100);
  const batch = Array.from({ length: 500 }, (_, key) => {
    return { op: "put", collection: "users", key: `key ${key}`, value } as const;
  });
  let mostDebt = 0;
  const compaction = () => statusOf(store).compaction;
  // Each batch comes when the one before is durable, whatever compaction has done by then.
  for (let round = 0; round < 20; round++) {
    await store.database("app").batch(batch);
    mostDebt = Math.max(mostDebt, compaction().debt);
  }
  while (compaction().running !== undefined) await new Promise(setImmediate);
  expect(mostDebt).toBeGreaterThan(0);
  const { debt, throttles, isThrottling } = compaction();
  expect(throttles).toBeGreaterThan(0);
  expect({ debt, isThrottling }).toEqual({ debt: 0, isThrottling: false });
  await store.close();
});
