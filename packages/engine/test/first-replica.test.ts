/** What compaction may drop before the first replica comes, and what it has to keep from then on. */
import { epoch, logOffset, type OpenDatabase, type Store } from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import { survivalInOrder } from "../src/filesystem/survival.ts";

import { leadAlone } from "./lone-leader.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

describe("a log whose records are committed by replication", () => {
  let machine: SimulatedMachine;
  let store: Store;

  beforeEach(async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ commit: "replicated" });
    leadAlone(store);
    await store.createDatabase("d");
    const open = database();
    open.onProgress(() => open.advanceHighWatermark(open.log.acceptedOffset));
  });

  function database(): OpenDatabase {
    const { open } = store.database("d");
    if (open === undefined) throw new Error("the database was created");
    return open;
  }

  /** Fills segments with values that have expired and with deletions. */
  async function fill(): Promise<void> {
    const things = store.database("d").collection("c");
    for (let index = 0; index < 40; index++) {
      await things.put(`expiring-${index}`, "x".repeat(200), { ttlMs: 1_000 });
      await things.put(`deleted-${index}`, "x".repeat(200));
      await things.delete(`deleted-${index}`);
    }
    machine.clock.advance(10_000);
  }

  const purgeable = (): number =>
    store
      .database("d")
      .status()
      ?.segments.filter(({ sealed }) => sealed)
      .reduce((sum, { tombstoneBytes, expiredBytes }) => sum + tombstoneBytes + expiredBytes, 0) ??
    0;

  test("loses what has expired and what was deleted as long as nobody copies it", async () => {
    await fill();
    await store.compact();
    expect(purgeable()).toBe(0);
    expect(database().log.purgeFloor).toBeGreaterThan(0);
    expect((await store.verify()).ok).toBe(true);
  });

  test("keeps both from the first replica on, after a power cut too", async () => {
    await store.admitReplicas();
    machine.cutPower(survivalInOrder(0));
    store = await machine.open({ commit: "replicated" });
    await database().beginEpoch(epoch(2));
    const open = database();
    open.onProgress(() => open.advanceHighWatermark(open.log.acceptedOffset));
    await fill();
    const before = purgeable();
    await store.compact();
    expect(purgeable()).toBeGreaterThan(before / 2);
    expect(database().log.purgeFloor).toBe(0);
  });

  test("loses both below the limit that replication names, and no more", async () => {
    await store.admitReplicas();
    await fill();
    const limit = Math.floor(database().highWatermark / 2);
    database().purgeLimit = logOffset(limit);
    database().purgeLimit = logOffset(limit - 10);
    expect(database().purgeLimit).toBe(limit);
    await store.compact();
    const { purgeFloor } = database().log;
    expect(purgeFloor).toBeGreaterThan(limit / 2);
    expect(purgeFloor).toBeLessThanOrEqual(limit);
    const before = purgeable();
    expect(before).toBeGreaterThan(0);

    database().purgeLimit = logOffset(1_000_000);
    expect(database().purgeLimit).toBe(database().highWatermark);
    await store.compact();
    expect(purgeable()).toBe(0);
    expect((await store.verify()).ok).toBe(true);
  });

  test("compacts by itself when the limit has passed a segment", async () => {
    await store.close();
    store = await machine.open({ commit: "replicated", compaction: "background" });
    const open = database();
    open.onProgress(() => open.advanceHighWatermark(open.log.acceptedOffset));
    await open.beginEpoch(epoch(2));
    await store.admitReplicas();
    await fill();
    await store.compact();
    expect(purgeable()).toBeGreaterThan(0);
    const { compactor } = database();
    const { runs } = compactor.status;
    database().purgeLimit = database().highWatermark;
    while (compactor.status.runs === runs) await new Promise(setImmediate);
    await store.compact();
    expect(purgeable()).toBe(0);
  });

  test("keeps both on a node that follows, or did", async () => {
    await fill();
    await store.becomeReplicaOf("another store");
    await store.compact();
    expect(database().log.purgeFloor).toBe(0);
  });

  test("lets the first replica in when the compaction under way has ended", async () => {
    await fill();
    // What the compaction asks for now takes longer than all that letting one in does.
    machine.turnsOfNext = () => 50;
    const compaction = store.compact();
    while (database().compactor.status.running === undefined) await new Promise(setImmediate);
    machine.turnsOfNext = () => 0;
    await store.admitReplicas();
    expect(database().compactor.status.runs).toBe(1);
    const { purgeFloor } = database().log;
    expect(purgeFloor).toBeGreaterThan(0);
    await compaction;
    expect(database().log.purgeFloor).toBe(purgeFloor);
  });

  test("has synced all that a replica may read, however little its writers asked for", async () => {
    await store.close();
    // In a segment that is as good as empty no space is prepared, which would sync it.
    store = await machine.open({ commit: "replicated", segmentBytes: 1 << 20 });
    const open = database();
    open.onProgress(() => open.advanceHighWatermark(open.log.acceptedOffset));
    await open.beginEpoch(epoch(2));
    const things = store.database("d").collection("c");
    expect(await things.put("a", 1, { durability: "os" })).toBe(2);
    machine.turnsOfNext = () => 3;
    const onItsWay = things.put("b", 1, { durability: "os" });
    await store.admitReplicas();
    expect(await onItsWay).toBe(3);
    machine.cutPower(() => false);
    store = await machine.open({ commit: "replicated" });
    expect(database().log.endOffset).toBe(4);
  });

  test("syncs whatever is written from the first replica on", async () => {
    await store.admitReplicas();
    const things = store.database("d").collection("c");
    expect(await things.put("a", 1, { durability: "os" })).toBe(1);
    machine.cutPower(() => false);
    store = await machine.open({ commit: "replicated" });
    expect(database().log.endOffset).toBe(2);
  });

  test("lets replicas in where one of its logs cannot be written any more", async () => {
    await store.createDatabase("broken");
    machine.injector = ({ path, kind }) =>
      kind !== "read" && path.includes("broken") ? new Error("no") : undefined;
    await expect(store.database("broken").collection("c").put("a", 1)).rejects.toThrow("no");
    await store.admitReplicas();
  });

  test("lets no replica in where that cannot be noted, until it can", async () => {
    machine.injector = ({ path }) => (path.includes("REPLICAS") ? new Error("no") : undefined);
    await expect(store.admitReplicas()).rejects.toThrow("no");
    machine.injector = () => undefined;
    await store.admitReplicas();
    expect((await machine.disk.list(dataDirectory)).map(({ name }) => name)).toContain("REPLICAS");
  });
});
