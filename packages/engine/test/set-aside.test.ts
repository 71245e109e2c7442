/** A database that is damaged is moved out of the way, and the others are served. */
import {
  CorruptionError,
  DatabaseNotFoundError,
  EngineError,
  inspect,
  InvalidOptionError,
  open as openStore,
  planRepair,
  PoisonedError,
  processLocalLocker,
  repair,
  verifyDirectory,
  type CollectionReader,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import { contentsAt, interruptEverywhere, openAt } from "./interrupted-work.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

const damaged = `${dataDirectory}/damaged`;

let machine: SimulatedMachine;
let store: Store;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open();
  for (const name of ["Bad", "good"]) {
    for (const key of "abcd") await things(name).put(key, key.repeat(1_300));
  }
});

const things = (name: string) => store.database(name).collection("c");

const count = (reader: CollectionReader): number => reader.count();

/** Flips a bit of a record in the first segment of `Bad`. */
function damage(): void {
  const [path = ""] = machine.disk
    .fileNames()
    .filter((name) => /data\/databases\/\+bad\/.*\.log$/.test(name));
  machine.disk.flipBit(path, 8 * 400);
}

describe("at open", () => {
  test("is done only where it is asked for", async () => {
    await store.close();
    damage();
    await expect(machine.open()).rejects.toThrow(CorruptionError);
    await expect(machine.open({ damagedDatabases: "refuse" })).rejects.toThrow(CorruptionError);
    const damagedDatabases = JSON.parse('"drop"');
    await expect(machine.open({ damagedDatabases })).rejects.toThrow(InvalidOptionError);
  });

  test("moves the damaged one, tells it, and opens the others", async () => {
    const { id } = store.database("Bad");
    await store.close();
    damage();
    store = await machine.open({ damagedDatabases: "set aside" });
    expect(store.databases().map(({ name }) => name)).toEqual(["good"]);
    expect(count(things("good"))).toBe(4);
    const expected = { id, path: `${damaged}/+bad-1`, error: expect.any(CorruptionError) };
    expect(store.setAside).toEqual([{ name: "Bad", ...expected }]);
    const told = machine.events.filter(({ type }) => type === "set-aside");
    expect(told).toEqual([{ type: "set-aside", database: "Bad", ...expected }]);

    await store.close();
    machine.cutPower(() => false);
    store = await machine.open();
    expect(store.setAside).toEqual([]);
    expect(store.database("Bad").exists).toBe(false);
    const kept = machine.disk.fileNames().filter((path) => path.startsWith(`${damaged}/+bad-1/`));
    expect(kept.length).toBeGreaterThan(2);
  });

  test("takes a database whose manifest is damaged by the name of its directory", async () => {
    await store.close();
    machine.disk.flipBit(`${dataDirectory}/databases/+bad/DATABASE`, 8);
    store = await machine.open({ damagedDatabases: "set aside" });
    expect(store.setAside).toMatchObject([{ name: "Bad", id: undefined }]);
  });

  test("keeps one for each time", async () => {
    for (const number of [1, 2]) {
      await store.close();
      damage();
      store = await machine.open({ damagedDatabases: "set aside" });
      expect(store.setAside).toMatchObject([{ path: `${damaged}/+bad-${number}` }]);
      await things("Bad").put("a", "a".repeat(1_300));
      await things("Bad").put("b", "b".repeat(1_300));
    }
  });

  test("leaves it in one of the two places wherever it is interrupted", async () => {
    await store.close();
    damage();
    const original = machine.disk.fileNames().filter((path) => path.includes("/+bad/")).length;
    const open = { locker: processLocalLocker(), damagedDatabases: "set aside" } as const;
    await interruptEverywhere(
      machine.disk,
      async (fileSystem) => {
        await openStore(dataDirectory, { ...open, locker: processLocalLocker(), fileSystem });
      },
      async (after, isDone, place) => {
        const files = after.fileNames().filter((path) => path.includes("/+bad/"));
        expect(files.length, place).toBeGreaterThanOrEqual(original);
        if (isDone) expect(files.every((path) => path.startsWith(damaged))).toBe(true);
        await using again = await openStore(dataDirectory, { ...open, fileSystem: after });
        expect(again.database("good").collection("c").count(), place).toBe(4);
        expect(again.database("Bad").exists, place).toBe(false);
      },
    );
  });
});

test("what was set aside can be inspected, verified and repaired as a store", async () => {
  await store.close();
  damage();
  store = await machine.open({ damagedDatabases: "set aside" });
  const path = store.setAside[0]?.path ?? "";
  const options = { fileSystem: machine.disk, locker: processLocalLocker() };
  const items = await Array.fromAsync(inspect(path, options));
  expect(items.length).toBeGreaterThan(3);
  expect((await verifyDirectory(path, options)).ok).toBe(false);
  const report = await repair(path, await planRepair(path, options), options);
  expect(report.plan.isNeeded).toBe(true);
  expect((await verifyDirectory(path, options)).ok).toBe(true);
  const { Bad } = await contentsAt(machine.disk, path);
  expect(Bad?.collections["c"]?.length).toBeGreaterThan(1);
});

describe("while the store is open", () => {
  test("moves a database, and goes on without it", async () => {
    const feed = store.database("Bad").changes();
    const error = new CorruptionError("/a/path", 7, "it was seen to be damaged");
    const told = expect(feed.next()).rejects.toBe(error);
    const moved = await store.setAsideDatabase("Bad", error);
    await told;
    expect(moved).toMatchObject({ name: "Bad", path: `${damaged}/+bad-1`, error });
    expect(store.setAside).toEqual([moved]);
    expect(store.database("Bad").exists).toBe(false);
    expect((await contentsAt(machine.disk, moved.path))["Bad"]?.collections["c"]).toHaveLength(4);
    await expect(store.setAsideDatabase("Bad", error)).rejects.toThrow(DatabaseNotFoundError);
    expect(await things("Bad").put("new", 1)).toBe(1);
    await store.close();
    expect(machine.openFiles).toEqual([]);
  });

  test("moves one that cannot be written, as it is on disk", async () => {
    machine.injector = ({ kind, path }) =>
      kind === "write" && path.includes("+bad") ? new Error("no") : undefined;
    const refusal = await things("Bad")
      .put("e", 1)
      .catch((error: unknown) => error);
    if (!(refusal instanceof PoisonedError)) throw new Error("the write was not refused");
    machine.injector = () => undefined;
    const { path } = await store.setAsideDatabase("Bad", refusal);
    await using aside = await openAt(machine.disk, path);
    expect(aside.database("Bad").collection("c").count()).toBe(4);
  });
});

describe("opening a database again", () => {
  test("recovers what is on disk when it cannot be written", async () => {
    machine.injector = ({ kind, path }) =>
      kind === "write" && path.includes("+bad") ? new Error("no") : undefined;
    await expect(things("Bad").put("e", 1)).rejects.toThrow(PoisonedError);
    await expect(things("Bad").put("e", 1)).rejects.toThrow(PoisonedError);
    machine.injector = () => undefined;
    const former = store.database("Bad").open;
    const reopened = await store.reopenDatabase("Bad");
    expect(reopened).not.toBe(former);
    expect(store.database("Bad").open).toBe(reopened);
    expect(count(things("Bad"))).toBe(4);
    expect(await things("Bad").put("e", 1)).toBe(5);
    await store.close();
    expect(machine.openFiles).toEqual([]);
  });

  test("tells damage, and reads go on in the former one until it is set aside", async () => {
    damage();
    const answer = await store.reopenDatabase("Bad").catch((error: unknown) => error);
    if (!(answer instanceof CorruptionError)) throw new Error("the damage was not told");
    expect(count(things("Bad"))).toBe(4);
    expect(
      await things("Bad")
        .put("e", 1)
        .catch((error: unknown) => error),
    ).toBeInstanceOf(Error);
    await store.setAsideDatabase("Bad", answer);
    expect(store.database("Bad").exists).toBe(false);
    expect(count(things("good"))).toBe(4);
  });

  test("can be left out where it fails: what cannot be opened can be dropped, and made anew", async () => {
    machine.injector = ({ kind, path }) =>
      kind !== "read" && path.includes("+bad") ? new Error("no") : undefined;
    await expect(store.reopenDatabase("Bad")).rejects.toThrow("no");
    await expect(store.dropDatabase("Bad")).rejects.toThrow("no");
    await expect(things("Bad").put("e", 1)).rejects.toThrow(EngineError);
    machine.injector = ({ kind, path }) =>
      kind === "open" && path.includes("+bad") ? new Error("no") : undefined;
    await expect(store.reopenDatabase("Bad")).rejects.toThrow("no");
    await store.dropDatabase("Bad");
    machine.injector = () => undefined;
    await store.createDatabase("Bad");
    await things("Bad").put("e", 1);
    expect(count(things("Bad"))).toBe(1);
    await store.close();
    expect(machine.openFiles).toEqual([]);
  });

  test("says that it is gone where it was set aside by half, and its name can be used again", async () => {
    damage();
    const answer = await store.reopenDatabase("Bad").catch((error: unknown) => error);
    if (!(answer instanceof CorruptionError)) throw new Error("the damage was not told");
    // It has been moved, and nobody knows whether durably.
    machine.injector = ({ kind, path }) =>
      kind === "syncDirectory" && path.includes("damaged") && path.endsWith("databases")
        ? new Error("no")
        : undefined;
    await expect(store.setAsideDatabase("Bad", answer)).rejects.toThrow("no");
    machine.injector = () => undefined;
    await expect(store.reopenDatabase("Bad")).rejects.toThrow(DatabaseNotFoundError);
    expect(store.database("Bad").exists).toBe(false);
    await store.createDatabase("Bad");
    await things("Bad").put("e", 1);
    expect(count(things("Bad"))).toBe(1);
  });

  test("is refused where there is none", async () => {
    await expect(store.reopenDatabase("none")).rejects.toThrow(DatabaseNotFoundError);
  });
});
