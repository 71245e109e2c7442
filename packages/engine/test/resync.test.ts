/** A replica whose database is replaced by a full copy while it is read. */
import {
  DatabaseReplacedError,
  logOffset,
  PoisonedError,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import { databasesIn } from "../src/inspection/inspector.ts";
import { databasesDirectory } from "../src/store/directory-layout.ts";

import { bytesOfRecords, sentRecord } from "./sent-record.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

const databaseId = "f7b5c1d2-0000-4000-8000-000000000000";
const parent = databasesDirectory(dataDirectory);

let machine: SimulatedMachine;
let store: Store;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open({ commit: "replicated" });
});

/** Appends what a leader sends, its first epoch and a put for each letter, and commits `committed` of it. */
async function receive(
  copy: OpenDatabase,
  keys: string,
  committed = keys.length + 1,
): Promise<void> {
  const records = ["", ...keys.split("")].map((key, at) =>
    sentRecord(at, 1, 0, key, `${key} at ${at}`),
  );
  await copy.appendReplicated(bytesOfRecords(records), logOffset(records.length));
  copy.advanceHighWatermark(logOffset(committed));
}

async function replicate(keys: string): Promise<void> {
  await store.createReplica("app", databaseId);
  const { open } = store.database("app");
  if (open !== undefined) await receive(open, keys);
}

const keys = (): Promise<string[]> => Array.fromAsync(store.database("app").collection("c").keys());

const directories = async (): Promise<string[]> =>
  (await machine.disk.list(parent)).map(({ name }) => name);

test("a copy takes the place of the database when it is complete, not before, and for good", async () => {
  await replicate("ab");
  const handle = store.database("app");
  const former = handle.open;
  let changes = 0;
  store.onCatalogChange(() => changes++);
  const copy = await store.beginResync("app", databaseId);
  await receive(copy, "cde");
  expect(handle.open).toBe(former);
  expect(await keys()).toEqual(["a", "b"]);
  expect(changes).toBe(0);

  machine.turnsOfNext = () => 2;
  const completed = store.completeResync("app");
  const seen = new Set<string>();
  while (handle.open === former) {
    seen.add((await keys()).join(""));
    await new Promise(setImmediate);
  }
  await completed;
  expect([...seen]).toEqual(["ab"]);
  expect(changes).toBe(1);
  expect(await keys()).toEqual(["c", "d", "e"]);
  expect(handle.id).toBe(databaseId);
  expect(handle.open?.highWatermark).toBe(4);
  expect(await directories()).toEqual(["app"]);

  // It goes on as any.
  const more = sentRecord(4, 1, 0, "f", "f");
  await handle.open?.appendReplicated(more.bytes, logOffset(5));
  handle.open?.advanceHighWatermark(logOffset(5));
  await store.compact();
  await store.checkpoint();
  machine.cutPower(() => false);
  store = await machine.open({ commit: "replicated" });
  store.database("app").open?.advanceHighWatermark(logOffset(5));
  expect(await keys()).toEqual(["c", "d", "e", "f"]);
});

test("what a copy knew to be committed is visible at once", async () => {
  await replicate("ab");
  const copy = await store.beginResync("app", databaseId);
  await receive(copy, "cd", 2);
  machine.clock.advance(2_000); // Has the last group vouched for, with this high watermark.
  await copy.idle();
  copy.advanceHighWatermark(logOffset(3));
  await store.completeResync("app");
  expect(store.database("app").open?.highWatermark).toBe(3);
  expect(await keys()).toEqual(["c", "d"]);
});

test("a copy is made where there is no database", async () => {
  await receive(await store.beginResync("app", databaseId), "ab");
  expect(store.database("app").exists).toBe(false);
  await store.completeResync("app");
  expect(await keys()).toEqual(["a", "b"]);
});

test("a copy has a log of its own", async () => {
  await replicate("ab");
  const former = store.database("app").open?.manifest;
  const copy = await store.beginResync("app", databaseId);
  expect(copy.manifest).toMatchObject({ name: "app", id: databaseId });
  expect(copy.manifest.logId).not.toBe(former?.logId);
});

test("who reads the former one is told, or sees it to the end", async () => {
  await replicate("abc");
  const app = store.database("app");
  const feed = app.changes({ from: logOffset(0) });
  expect((await feed.next()).value).toMatchObject({ key: "a" });
  const waiting = app.changes().next();
  const told = expect(waiting).rejects.toThrow(DatabaseReplacedError);
  const snapshot = app.snapshot();
  const iteration = app.collection("c").keys();
  expect(await iteration.next()).toMatchObject({ value: "a" });

  await receive(await store.beginResync("app", databaseId), "abcd");
  await store.completeResync("app");
  await told;
  await expect(feed.next()).rejects.toThrow(DatabaseReplacedError);
  expect(await Array.fromAsync(iteration)).toEqual(["b", "c"]);
  expect(await Array.fromAsync(snapshot.collection("c").values())).toHaveLength(3);
  snapshot.close();

  const rest = await Array.fromAsync(app.changes({ from: feed.position, live: false }));
  expect(rest.map((change) => (change.type === "put" ? change.key : change.type))).toEqual([
    "b",
    "c",
    "d",
  ]);
  await store.close();
  expect(machine.openFiles).toEqual([]);
});

test("a copy that is abandoned, or begun again, leaves nothing", async () => {
  await replicate("ab");
  await receive(await store.beginResync("app", databaseId), "cd");
  const second = await store.beginResync("app", databaseId);
  expect(second.log.endOffset).toBe(0);
  await store.abandonResync("app");
  await store.abandonResync("app");
  expect(await directories()).toEqual(["app"]);
  await expect(store.completeResync("app")).rejects.toThrow(/no copy/);
  expect(await keys()).toEqual(["a", "b"]);
});

test("a copy that could not be written does not take the place", async () => {
  await replicate("ab");
  const copy = await store.beginResync("app", databaseId);
  machine.injector = ({ kind, path }) =>
    kind === "write" && path.includes("resync") ? new Error("no") : undefined;
  await expect(receive(copy, "cd")).rejects.toThrow(PoisonedError);
  await expect(store.completeResync("app")).rejects.toThrow(PoisonedError);
  machine.injector = () => undefined;
  await store.abandonResync("app");
  expect(await keys()).toEqual(["a", "b"]);
  expect(await directories()).toEqual(["app"]);
});

test("a copy that was complete takes the place when what kept it from that is over", async () => {
  await replicate("ab");
  await receive(await store.beginResync("app", databaseId), "cd");
  machine.injector = ({ kind, path }) =>
    kind === "rename" && path.endsWith("_app.ready") ? new Error("no") : undefined;
  await expect(store.completeResync("app")).rejects.toThrow("no");
  expect(await keys()).toEqual(["a", "b"]);
  const { open } = store.database("app");
  expect(open?.failure).toBeInstanceOf(PoisonedError);
  await expect(store.dropReplica("app")).rejects.toThrow("no");
  await expect(store.beginResync("app", databaseId)).rejects.toThrow(PoisonedError);

  machine.injector = () => undefined;
  const reopened = await store.reopenDatabase("app");
  reopened.advanceHighWatermark(logOffset(3));
  expect(await keys()).toEqual(["c", "d"]);
  await store.dropReplica("app");
  expect(await directories()).toEqual([]);
});

describe("what an interruption leaves is put in order by the next open", () => {
  const both = [true, false];
  test.each(
    both.flatMap((former) =>
      both.flatMap((ready) =>
        both.flatMap((dropped) => both.map((resync) => ({ former, ready, dropped, resync }))),
      ),
    ),
  )("%o", async ({ former, ready, dropped, resync }) => {
    await replicate("ab");
    await receive(await store.beginResync("app", databaseId), "cd");
    await store.close();
    const { disk } = machine;
    if (ready) await disk.rename(`${parent}/_app.resync`, `${parent}/_app.ready`);
    else if (!resync) await disk.removeTree(`${parent}/_app.resync`);
    if (ready && resync) disk.writeBytes(`${parent}/_app.resync/DATABASE`, Buffer.from("torn"));
    if (!former) await disk.removeTree(`${parent}/app`);
    if (dropped) disk.writeBytes(`${parent}/_app.dropped/DATABASE`, Buffer.from("torn"));

    const found = await Array.fromAsync(databasesIn(dataDirectory, { fileSystem: disk }));
    const inForce = former ? [`${parent}/app`] : [];
    expect(found.map(({ directory }) => directory)).toEqual(
      ready ? [`${parent}/_app.ready`] : inForce,
    );
    store = await machine.open({ commit: "replicated" });
    const kept = former ? ["a", "b"] : [];
    store.database("app").open?.advanceHighWatermark(logOffset(3));
    expect(await keys()).toEqual(ready ? ["c", "d"] : kept);
    expect(await directories()).toEqual(ready || former ? ["app"] : []);
  });
});
