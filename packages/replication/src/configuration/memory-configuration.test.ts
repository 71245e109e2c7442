import { epoch } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { ManualClock } from "../../test/cluster/manual-clock.ts";

import type { DatabaseState } from "./configuration-manager.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";

const replica = { nodeId: "a", directoryId: "disk-a" };
const led: DatabaseState = { id: "x", epoch: epoch(1), leader: replica, inSync: [replica] };
const address = { nodeId: "a", peerUrl: "http://a:8081", publicUrl: "http://a:8080" };

test("a lease ends to the millisecond", async () => {
  const clock = new ManualClock();
  const configuration = new MemoryConfiguration("cluster", clock);
  const lease = await configuration.connect().register(address, 100);
  clock.advance(60);
  await lease.renew();
  clock.advance(99);
  expect(configuration.view().nodes.size).toBe(1);
  clock.advance(1);
  expect(configuration.view().nodes.size).toBe(0);
  expect(clock.timers).toBe(0);
});

test("a lease has ended when its time has come, also before its timer calls back", async () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs, after: () => ({ cancel: () => {} }) };
  const configuration = new MemoryConfiguration("cluster", clock);
  await configuration.connect().register(address, 100);
  const { revision } = configuration.view();
  nowMs = 100;
  expect(configuration.view()).toMatchObject({ nodes: new Map(), revision: revision + 1 });
});

test("what was read stays as it was", async () => {
  const configuration = new MemoryConfiguration("cluster", new ManualClock());
  const inSync = [replica];
  configuration.compareAndSet("orders", undefined, { ...led, inSync });
  inSync.pop();
  const before = configuration.view();
  const revision = before.databases.get("orders")?.revision;
  configuration.compareAndSet("orders", revision, undefined);
  expect(before.databases.get("orders")?.state).toEqual(led);
  expect(configuration.view().databases.size).toBe(0);
});

test("a state that may not follow is refused as a bug, and changes nothing", async () => {
  const configuration = new MemoryConfiguration("cluster", new ManualClock());
  const manager = configuration.connect();
  await expect(manager.compareAndSet("orders", undefined, { ...led, inSync: [] })).rejects.toThrow(
    'assertion failed: state of database "orders": no replica is in sync',
  );
  await expect(manager.compareAndSet("orders", undefined, undefined)).rejects.toThrow(
    'assertion failed: database "orders" is not there, and is removed',
  );
  configuration.compareAndSet("orders", undefined, led);
  const view = configuration.view();
  const revision = view.databases.get("orders")?.revision;
  const skipped = { ...led, epoch: epoch(3) };
  await expect(manager.compareAndSet("orders", revision, skipped)).rejects.toThrow(
    'assertion failed: state of database "orders": epoch 2 comes next, not 3',
  );
  expect(configuration.view()).toBe(view);
  // Where the revision is another, the caller is told that, and may have reckoned from an older state.
  const result = await manager.compareAndSet("orders", undefined, skipped);
  expect(result.applied).toBe(false);
});
