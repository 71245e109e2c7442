/** Iterations and snapshots beside writes and compaction. */
import { ClosedError, timestampMs, type Collection, type Store } from "@boxerdb/engine";
import { beforeEach, expect, test } from "vitest";

import { SimulatedMachine } from "./simulated-machine.ts";

let machine: SimulatedMachine;
let store: Store;
let users: Collection;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open();
  users = store.database("app").collection("users");
});

/** Writes a number of keys, one after the other, each with its number and so many bytes. */
async function fill(count: number, bytes: number, round = 0): Promise<void> {
  for (let index = 0; index < count; index++) {
    const key = `key ${String(index).padStart(4, "0")}`;
    await users.put(key, [round, index, "x".repeat(bytes)]);
  }
}

test("an iteration shows what there was when it began, whatever is written and compacted since", async () => {
  await fill(700, 20);
  const expected = await Array.fromAsync(users.entries());
  const entries = users.entries();
  const shown = [(await entries.next()).value];
  await fill(700, 20, 1);
  await Promise.all(Array.from({ length: 300 }, (_, index) => users.delete(`key 0${300 + index}`)));
  await users.put("key 0000a", "new");
  await store.compact();
  await fill(10, 20, 2);
  for await (const entry of entries) shown.push(entry);
  expect(shown).toEqual(expected);
});

test("a loop that does not wait shows the same, and seeks go ahead and back", async () => {
  await fill(50, 1);
  const expected = await Array.fromAsync(users.entries());
  expect([...users.entries()]).toEqual(expected);
  expect([...users.keys({ reverse: true })]).toEqual(expected.map(([key]) => key).toReversed());

  using keys = users.keys({ gte: "key 0010", lt: "key 0040" });
  const next = (): string | undefined => keys.nextSync().value;
  keys.seek("key 0020x");
  expect([next(), next()]).toEqual(["key 0021", "key 0022"]);
  await users.put("key 0015x", 1);
  keys.seek("key 0015");
  expect([next(), next()]).toEqual(["key 0015", "key 0016"]);
  keys.seek("a");
  expect(next()).toBe("key 0010");
  keys.seek("z");
  expect(next()).toBeUndefined();
  keys.seek("a");
  expect(next()).toBeUndefined();

  using backwards = users.keys({ reverse: true });
  backwards.seek("key 0020x");
  expect(backwards.nextSync().value).toBe("key 0020");
});

test("entries that are asked for all at once come in their order", async () => {
  await fill(700, 1);
  const entries = users.keys();
  const results = await Promise.all(Array.from({ length: 702 }, () => entries.next()));
  const keys = await Array.fromAsync(users.keys());
  expect(results.map(({ value }) => value)).toEqual([...keys, undefined, undefined]);
});

test("a loop that is left early, or never begun, keeps nothing open", async () => {
  await fill(20, 400);
  const openFiles = machine.openFiles.length;
  users.entries();
  for (const _ of users.entries()) break;
  for await (const _ of users.entries()) break;
  const [first] = users.values();
  expect(first).toBeDefined();
  await fill(20, 400, 1);
  await store.compact();
  expect(machine.openFiles.length).toBeLessThanOrEqual(openFiles + 1);
});

test("an iteration lets others have their turn", async () => {
  await fill(2_000, 1);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  for await (const _ of users.keys());
  isOver = true;
  expect(turns).toBeGreaterThan(3);
});

test("files that compaction has replaced are closed when the last view of them is", async () => {
  await fill(20, 400);
  const before = machine.openFiles;
  expect(before.length).toBeGreaterThan(2);
  const snapshot = store.database("app").snapshot();
  const entries = users.entries();
  await entries.next();
  const expected = await Array.fromAsync(snapshot.collection("users").entries());
  await fill(20, 400, 1);
  await store.compact();

  // Removed by now, but still to be read.
  expect(machine.openFiles).toEqual(expect.arrayContaining([...before]));
  expect(machine.disk.fileNames()).not.toEqual(expect.arrayContaining([...before]));
  expect(await Array.fromAsync(snapshot.collection("users").entries())).toEqual(expected);
  snapshot.close();
  expect(machine.openFiles).toEqual(expect.arrayContaining([...before]));
  await entries.return?.();
  const logs = machine.disk.fileNames().filter((path) => path.endsWith(".log"));
  expect(machine.openFiles).toEqual(logs);
  await store.close();
  expect(machine.openFiles).toEqual([]);
});

test("a snapshot that is taken while compaction works reads on when that is done", async () => {
  await fill(30, 300);
  await fill(30, 300, 1);
  const snapshots = [];
  const compaction = store.compact();
  while (store.database("app").status()?.compaction.running !== undefined) {
    snapshots.push(store.database("app").snapshot());
    // Between any two steps; now and then the event loop turns, for which compaction waits.
    await (snapshots.length % 16 === 0 ? new Promise(setImmediate) : Promise.resolve());
  }
  await compaction;
  expect(snapshots.length).toBeGreaterThan(10);
  await fill(30, 300, 2);
  await store.compact();
  for (const snapshot of snapshots) {
    const values = await Array.fromAsync(snapshot.collection("users").values());
    expect(values.map((value) => (Array.isArray(value) ? value.slice(0, 2) : value))).toEqual(
      Array.from({ length: 30 }, (_, index) => [1, index]),
    );
    snapshot.close();
  }
  await store.close();
  expect(machine.openFiles).toEqual([]);
});

test("a closed snapshot and a closed store answer no more", async () => {
  await fill(3, 1);
  const snapshot = store.database("app").snapshot();
  const ofSnapshot = snapshot.collection("users");
  snapshot.close();
  snapshot.close();
  expect(() => ofSnapshot.getSync("key 0001")).toThrow(ClosedError);
  expect(() => ofSnapshot.count()).toThrow(ClosedError);
  await store.close();
  await store.close();
  expect(() => users.getSync("key 0001")).toThrow(ClosedError);
  await expect(users.put("a", 1)).rejects.toThrow(ClosedError);
  await expect(users.get("key 0001")).rejects.toThrow(ClosedError);
  await expect(Array.fromAsync(users.keys())).rejects.toThrow(ClosedError);
});

test("an iteration over a snapshot that is closed meanwhile shows the snapshot to its end", async () => {
  await fill(600, 20);
  const expected = await Array.fromAsync(users.entries());
  const snapshot = store.database("app").snapshot();
  const entries = snapshot.collection("users").entries();
  const shown = [(await entries.next()).value];
  snapshot.close();
  for (let round = 1; round < 4; round++) {
    await fill(600, 20, round);
    for (let index = 0; index < 600; index++) await users.put(`another ${index}`, round);
    await store.compact();
  }
  for await (const entry of entries) shown.push(entry);
  expect(shown).toEqual(expected);
  const logs = machine.disk.fileNames().filter((path) => path.endsWith(".log"));
  expect(machine.openFiles).toEqual(logs);
});

test("an iteration that is going on when the store is closed comes to its end", async () => {
  await fill(600, 1);
  const keys = users.keys();
  await keys.next();
  await store.close();
  expect(await Array.fromAsync(keys)).toHaveLength(599);
  expect(machine.openFiles).toEqual([]);
});

test("a database that does not exist is empty, and reading does not create it", async () => {
  const nowhere = store.database("nowhere").collection("c");
  expect(nowhere.getSync("a")).toBeUndefined();
  expect(await Array.fromAsync(nowhere.entries())).toEqual([]);
  expect(nowhere.count()).toBe(0);
  expect(await nowhere.delete("a")).toBeUndefined();
  using snapshot = store.database("nowhere").snapshot();
  expect(snapshot.offset).toBe(0);
  expect(snapshot.collection("c").getSync("a")).toBeUndefined();
  expect(store.databases()).toEqual([]);
});

test("bytes that were read stay what they were when others are read", async () => {
  await users.put("one", Uint8Array.of(1, 2, 3));
  await users.put("two", "another value");
  await users.put("three", Uint8Array.of(4, 5, 6));
  const values = await users.getMany(["one", "three", "one"]);
  expect(values.map((value) => Array.from(value as Uint8Array))).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [1, 2, 3],
  ]);
});

test("a value that has expired is absent for reads, listings and conditions", async () => {
  const { clock } = machine;
  const expires = (clock.now() + 1_000) as ReturnType<typeof clock.now>;
  await users.put("brief", 1, { expires });
  await users.put("long", 2);
  using snapshot = store.database("app").snapshot();
  expect(users.getEntry("brief")).toMatchObject({ value: 1, expires });
  clock.advance(1_000);
  expect(users.getSync("brief")).toBeUndefined();
  expect(await users.has("brief")).toBe(false);
  expect(await Array.fromAsync(users.keys({ limit: 1 }))).toEqual(["long"]);
  expect(await users.delete("brief")).toBeUndefined();
  expect(snapshot.collection("users").getSync("brief")).toBe(1);
  await users.put("brief", 3, { ifOffset: null });
  expect(users.getSync("brief")).toBe(3);
});

test("whatever is read while compaction moves the index is what was written", async () => {
  await store.close();
  // Groups that are long enough for the index to be moved in several turns, and records that expire.
  store = await machine.open({ segmentBytes: 1 << 20 });
  users = store.database("app").collection("users");
  const value = (index: number): string => `${index} ${"x".repeat(100)}`;
  const keys = Array.from({ length: 6_000 }, (_, index) => `key ${index}`);
  const expires = timestampMs(machine.clock.now() + 3_600_000);
  for (const round of [0, 1]) {
    await Promise.all(
      keys.flatMap((key, index) => {
        const isWritten = round === 0 || index % 2 === 1;
        return isWritten ? [users.put(key, value(index), index % 3 === 0 ? { expires } : {})] : [];
      }),
    );
    await users.put("last", "x".repeat(900_000));
  }
  const compaction = { isOver: false };
  let looks = 0;
  const readAll = (): void => {
    for (const [index, key] of keys.entries()) {
      if (index % 7 === looks % 7) expect(users.getSync(key)).toBe(value(index));
    }
    looks++;
  };
  const compacted = store.compact().finally(() => {
    compaction.isOver = true;
  });
  while (!compaction.isOver) {
    readAll();
    if (looks % 5 === 0) await store.checkpoint();
    await new Promise(setImmediate);
  }
  await compacted;
  expect(store.database("app").status()?.compaction.runs).toBeGreaterThan(0);
  expect(looks).toBeGreaterThan(10);
  machine.killProcess();
  store = await machine.open({ segmentBytes: 1 << 20 });
  users = store.database("app").collection("users");
  for (const [index, key] of keys.entries()) expect(users.getSync(key)).toBe(value(index));
});
