/** When checkpoints are written, what stands in the way, and what is told of it. */
import { DatabaseNotFoundError, type Store, type StoreEvent } from "@boxerdb/engine";
import { beforeEach, expect, test } from "vitest";

import { SystemError } from "../src/filesystem/system-error.ts";

import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

let machine: SimulatedMachine;

beforeEach(() => {
  machine = new SimulatedMachine();
});

const put = (store: Store, key: string, bytes = 10): Promise<number> =>
  store.database("one").collection("c").put(key, "x".repeat(bytes));

const checkpoints = (): string[] =>
  machine.disk.fileNames().filter((path) => path.includes(".checkpoint"));

const told = (type: StoreEvent["type"]): StoreEvent[] =>
  machine.events.filter((event) => event.type === type);

/** Writes as much as makes a checkpoint due. */
async function writeMuch(store: Store): Promise<void> {
  for (let index = 0; index < 9; index++) await put(store, `large ${index}`, 8 << 20);
}

const background = { checkpoint: "background", segmentBytes: 32 << 20 } as const;

test("one is written in the background when the log has grown", async () => {
  const store = await machine.open(background);
  await put(store, "a");
  expect(checkpoints()).toEqual([]);
  await writeMuch(store);
  while (told("checkpoint-written").length === 0) {
    machine.clock.advance(1_000);
    await new Promise(setImmediate);
  }
  expect(checkpoints()).toHaveLength(1);
  machine.killProcess();
  machine.events.length = 0;
  const again = await machine.open(background);
  expect(told("checkpoint-refused")).toEqual([]);
  expect(again.database("one").collection("c").count()).toBe(10);
});

test("closing does not wait for the one in the background, and writes the last one", async () => {
  const store = await machine.open(background);
  await writeMuch(store);
  // It waits for its turn, as nobody moves the clock.
  while (checkpoints().length === 0) await new Promise(setImmediate);
  const endOffset = await put(store, "last");
  await store.close();
  expect(told("checkpoint-written")).toEqual([
    expect.objectContaining({ database: "one", offset: endOffset + 1 }),
  ]);
  expect(told("checkpoint-failed")).toEqual([]);
  expect(checkpoints()).toEqual([expect.stringContaining(`${endOffset + 1}.checkpoint`)]);
});

test("closing a store that was opened and not changed writes nothing of it again", async () => {
  const store = await machine.open(background);
  await put(store, "a");
  await store.close();
  const again = await machine.open(background);
  const before = machine.operations.length;
  await again.close();
  const touched = machine.operations.slice(before).map(({ path }) => path);
  expect(touched.filter((path) => path.includes("checkpoint"))).toEqual([]);
});

test("none is written unasked where that was asked for", async () => {
  const store = await machine.open({ ...background, checkpoint: "manual" });
  await writeMuch(store);
  await store.close();
  expect(checkpoints()).toEqual([]);
});

test("a database that is dropped gets none", async () => {
  const store = await machine.open(background);
  await put(store, "a");
  await store.dropDatabase("one");
  expect(told("checkpoint-written")).toEqual([]);
  await expect(store.dropDatabase("one")).rejects.toThrow(DatabaseNotFoundError);
});

test("a refusal at any operation of writing one is told, and changes nothing else", async () => {
  const prepare = async (): Promise<Store> => {
    machine = new SimulatedMachine();
    const store = await machine.open();
    for (const key of ["a", "b", "c"]) await put(store, key, 1_300);
    await store.checkpoint();
    await put(store, "d");
    return store;
  };
  const undisturbed = await prepare();
  const before = machine.operations.length;
  await undisturbed.checkpoint();
  const operations = machine.operations.slice(before);
  expect(operations.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["create", "write", "datasync", "rename", "syncDirectory", "remove"]),
  );
  for (const index of operations.keys()) {
    const store = await prepare();
    const contents = await contentsOf(store);
    let left = index;
    machine.injector = ({ kind, path }) =>
      kind !== "read" && left-- === 0 ? new SystemError("EIO", kind, path) : undefined;
    await expect(store.checkpoint()).rejects.toThrow("EIO");
    machine.injector = () => undefined;
    expect(checkpoints().filter((path) => path.endsWith(".tmp"))).toEqual([]);
    expect(store.database("one").status()?.poisoned).toBeUndefined();
    await put(store, "e");
    await store.checkpoint();
    expect(checkpoints()).toHaveLength(1);
    await store.database("one").collection("c").delete("e");
    await store.close();
    expect(machine.openFiles).toEqual([]);
    const again = await machine.open();
    expect((await contentsOf(again))["one"]?.collections).toEqual(contents["one"]?.collections);
    expect(told("checkpoint-refused")).toEqual([]);
  }
});

test("closing cannot fail for want of a checkpoint", async () => {
  const store = await machine.open(background);
  await put(store, "a");
  machine.injector = ({ kind, path }) =>
    path.includes(".checkpoint") && kind === "write"
      ? new SystemError("ENOSPC", kind, path)
      : undefined;
  await store.close();
  expect(told("checkpoint-failed")).toHaveLength(1);
  expect(checkpoints()).toEqual([]);
  machine.injector = () => undefined;
  const again = await machine.open();
  expect(await again.database("one").collection("c").has("a")).toBe(true);
});

test("a database that takes no more writes gets no checkpoint", async () => {
  const store = await machine.open(background);
  await put(store, "a");
  machine.injector = ({ kind, path }) =>
    kind === "datasync" ? new SystemError("EIO", kind, path) : undefined;
  await expect(put(store, "b")).rejects.toThrow("EIO");
  machine.injector = () => undefined;
  await expect(store.checkpoint()).rejects.toThrow("EIO");
  await store.close();
  expect(checkpoints()).toEqual([]);
});

test("the progress of opening is that of what is read: the checkpoint and the log behind it", async () => {
  const store = await machine.open();
  for (const key of ["a", "b", "c", "d"]) await put(store, key, 1_300);
  await store.checkpoint();
  const [path = ""] = checkpoints();
  await put(store, "e");
  machine.killProcess();
  machine.events.length = 0;
  await machine.open();
  const [event] = told("opening");
  const { byteLength } = machine.disk.readBytes(path);
  if (event?.type !== "opening") throw new Error("nothing was told");
  expect(event.records).toBe(1);
  expect(event.readBytes).toBe(event.totalBytes);
  expect(event.totalBytes).toBeGreaterThan(byteLength);
  // Of the log, which has more than 5,200 bytes, what is behind the checkpoint, and space that was prepared.
  expect(event.totalBytes).toBeLessThan(byteLength + 1_000);
});
