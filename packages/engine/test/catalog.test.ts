/** Creating, finding and dropping databases. */
import {
  ClosedError,
  CorruptionError,
  DatabaseExistsError,
  DatabaseNotFoundError,
  FormatError,
  InvalidNameError,
  LockedError,
  MemoryFileSystem,
  type DirectoryLocker,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, expect, test } from "vitest";

import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

let machine: SimulatedMachine;
let store: Store;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open();
});

const put = (database: string, key = "a"): Promise<number> =>
  store.database(database).collection("c").put(key, key);

const names = (): string[] => store.databases().map(({ name }) => name);

test("a database is created by its first write, once, however many there are", async () => {
  const offsets = await Promise.all(["a", "b", "c"].map((key) => put("new", key)));
  expect(new Set(offsets)).toEqual(new Set([1, 2, 3]));
  expect(names()).toEqual(["new"]);
});

test("a database is opened and dropped in a directory that has a plus for every capital", async () => {
  const name = "A".repeat(120);
  await put(name);
  await store.close();
  const parent = `${dataDirectory}/databases`;
  const [directory] = await machine.disk.list(parent);
  const old = `${parent}/${"+a".repeat(120)}`;
  await machine.disk.rename(`${parent}/${directory?.name ?? ""}`, old);
  store = await machine.open();
  expect(store.database(name).collection("c").getSync("a")).toBe("a");
  await store.dropDatabase(name);
  expect(await machine.disk.list(parent)).toEqual([]);
});

test("its first epoch comes before everything else, even before those who hear of it first", async () => {
  const early: Promise<number>[] = [];
  store.onCatalogChange(() => {
    early.push(put("new", "early"));
  });
  await put("new", "first");
  expect(await Promise.all(early)).toEqual([1]);
  expect(store.database("new").open?.log.epochs.starts).toMatchObject([
    { epoch: 1, startOffset: 0 },
  ]);
});

test("names that differ in case are different databases", async () => {
  await put("app");
  await put("App");
  await put("aPP");
  expect(names()).toEqual(["App", "aPP", "app"]);
  const directories = (await machine.disk.list(`${dataDirectory}/databases`)).map(
    ({ name }) => name,
  );
  expect(new Set(directories.map((name) => name.toLowerCase())).size).toBe(3);
});

test("creating what exists and dropping what does not is refused", async () => {
  await store.createDatabase("app");
  await expect(store.createDatabase("app")).rejects.toThrow(DatabaseExistsError);
  await expect(store.dropDatabase("other")).rejects.toThrow(DatabaseNotFoundError);
  await expect(store.createDatabase("_app")).rejects.toThrow(InvalidNameError);
  expect(() => store.database("a/b")).toThrow(InvalidNameError);
  expect(() => store.database("app").collection("../x")).toThrow(InvalidNameError);
  const twice = await Promise.allSettled([
    store.createDatabase("new"),
    store.createDatabase("new"),
  ]);
  expect(twice.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
});

test("a dropped database is gone, with its files, and its name can be used again", async () => {
  await put("app");
  const { id } = store.database("app");
  await store.dropDatabase("app");
  expect(names()).toEqual([]);
  expect(store.database("app").exists).toBe(false);
  expect(store.database("app").collection("c").getSync("a")).toBeUndefined();
  expect(machine.disk.fileNames().filter((path) => path.includes("databases"))).toEqual([]);

  await put("app", "b");
  expect(store.database("app").id).not.toBe(id);
  const contents = await contentsOf(store);
  expect(contents["app"]?.collections["c"]?.map(({ key }) => key)).toEqual(["b"]);
  await store.close();
  store = await machine.open();
  expect(await contentsOf(store)).toEqual(contents);
});

test("dropping and creating at the same time come one after the other", async () => {
  await put("app");
  const changes = [
    store.dropDatabase("app"),
    store.createDatabase("app"),
    store.dropDatabase("app"),
    store.createDatabase("app"),
    store.dropDatabase("app"),
  ];
  await Promise.all(changes);
  expect(names()).toEqual([]);
  await put("app", "z");
  await store.close();
  store = await machine.open();
  expect(names()).toEqual(["app"]);
  expect(store.database("app").collection("c").count()).toBe(1);
});

test("writes that meet a drop are acknowledged before it, or refused", async () => {
  await put("app");
  const early = put("app", "b");
  const dropped = store.dropDatabase("app");
  const late: Promise<unknown>[] = [];
  for (let index = 0; index < 100; index++) {
    late.push(put("app", "late").catch((error: unknown) => error));
    await Promise.resolve();
  }
  expect(await early).toBe(2);
  await dropped;
  const refused = (await Promise.all(late)).filter((answer) => typeof answer !== "number");
  expect(refused.length).toBeGreaterThan(0);
  for (const reason of refused) expect(reason).toBeInstanceOf(DatabaseNotFoundError);
  // Those that come after it create the database anew.
  expect(await put("app", "later")).toBe(1);
});

test("writes that wait for room when their database is dropped are refused", async () => {
  await store.close();
  store = await machine.open({ maxInFlightBytes: 100 });
  await put("app");
  machine.turnsOfNext = () => 2;
  const writes = ["b", "c", "d"].map((key) => put("app", key.repeat(80)).catch((error) => error));
  await Promise.all([store.dropDatabase("app"), ...writes]);
  for (const answer of await Promise.all(writes)) {
    if (typeof answer !== "number") expect(answer).toBeInstanceOf(DatabaseNotFoundError);
  }
  expect(await writes[2]).toBeInstanceOf(DatabaseNotFoundError);
});

test("writes that wait for room when their store is closed are done", async () => {
  await store.close();
  store = await machine.open({ maxInFlightBytes: 100 });
  await put("app");
  machine.turnsOfNext = () => 2;
  const writes = ["b", "c", "d"].map((key) => put("app", key.repeat(80)));
  const closed = store.close();
  await expect(put("app", "late")).rejects.toThrow(ClosedError);
  await closed;
  expect(await Promise.all(writes)).toEqual([2, 3, 4]);
  store = await machine.open();
  expect(store.database("app").collection("c").count()).toBe(4);
});

test("reads go on until a database is gone", async () => {
  await put("app");
  machine.turnsOfNext = () => 2;
  const dropped = store.dropDatabase("app");
  const things = store.database("app").collection("c");
  let reads = 0;
  while (store.database("app").exists) {
    expect(things.getSync("a")).toBe("a");
    reads++;
    await new Promise(setImmediate);
  }
  expect(reads).toBeGreaterThan(3);
  await dropped;
  expect(things.getSync("a")).toBeUndefined();
});

test("closing waits for a creation that is going on, and refuses those that are not", async () => {
  const creating = put("app");
  const answers = Promise.allSettled([creating, store.createDatabase("second")]);
  await store.close();
  for (const answer of await answers) {
    if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(ClosedError);
  }
  await expect(store.createDatabase("late")).rejects.toThrow(ClosedError);
  expect(machine.openFiles).toEqual([]);
  store = await machine.open();
  expect(names().filter((name) => !["app", "second"].includes(name))).toEqual([]);
});

test("a store whose directory may have gone to another process refuses every change", async () => {
  await put("app");
  await store.close();
  let compromise: ((error: Error) => void) | undefined;
  const locker: DirectoryLocker = async (_directory, onCompromised) => {
    compromise = onCompromised;
    return { release: async () => {} };
  };
  store = await machine.open({ locker });
  compromise?.(new Error("the lock file changed"));
  await expect(put("app", "b")).rejects.toThrow(LockedError);
  await expect(put("new")).rejects.toThrow(LockedError);
  await expect(store.dropDatabase("app")).rejects.toThrow(LockedError);
  expect(store.database("app").collection("c").getSync("a")).toBe("a");
});

test("a directory that holds something else is refused, and nothing in it is changed", async () => {
  const disk = new MemoryFileSystem();
  disk.writeBytes(`${dataDirectory}/holiday.jpg`, Uint8Array.of(1));
  const other = new SimulatedMachine(disk);
  await expect(other.open()).rejects.toThrow(FormatError);
  await expect(other.open()).rejects.toMatchObject({ code: "NOT_A_STORE" });
  expect(disk.fileNames()).toEqual([`${dataDirectory}/holiday.jpg`]);
});

test("one damaged database keeps the store from opening, and all files are closed", async () => {
  await put("app");
  await put("broken");
  await put("zoo");
  await store.close();
  const [path = ""] = machine.disk.fileNames().filter((name) => /broken\/.*\.log$/.test(name));
  machine.disk.flipBit(path, 8 * 100);
  const opening = machine.open();
  await expect(opening).rejects.toThrow(CorruptionError);
  await expect(opening).rejects.toMatchObject({ code: "CORRUPT", path });
  expect(machine.openFiles).toEqual([]);
});
