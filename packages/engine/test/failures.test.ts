/** What fails but is no crash: the disk refuses an operation, and the process goes on. */
import {
  CorruptionError,
  DiskFullError,
  FaultyFileSystem,
  MemoryFileSystem,
  open,
  PoisonedError,
  processLocalLocker,
  timestampMs,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import type { Operation, OperationKind } from "../src/filesystem/faulty-filesystem.ts";
import { SystemError, type SystemErrorCode } from "../src/filesystem/system-error.ts";

import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

let machine: SimulatedMachine;
let store: Store;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open();
  await put("before");
});

const put = (key: string, bytes = 10, database = "one"): Promise<number> =>
  store.database(database).collection("c").put(key, "x".repeat(bytes));

const get = (key: string, database = "one"): unknown =>
  store.database(database).collection("c").getSync(key);

/** Has the operation fail that comes after `count` others which `matches`; only that one. */
function failOnce(
  code: SystemErrorCode,
  count: number,
  matches: (operation: Operation) => boolean = ({ kind }) => kind !== "read",
): void {
  let left = count;
  machine.injector = (operation) => {
    if (!matches(operation) || left-- !== 0) return undefined;
    return new SystemError(code, operation.kind, operation.path);
  };
}

const failNext = (code: SystemErrorCode, kind: OperationKind): void =>
  failOnce(code, 0, (operation) => operation.kind === kind);

async function reopen(): Promise<void> {
  machine.injector = () => undefined;
  await store.close();
  expect(machine.openFiles).toEqual([]);
  store = await machine.open();
}

/** How many operations that change something `work` takes. */
async function operationsOf(work: () => Promise<unknown>): Promise<readonly Operation[]> {
  const before = machine.operations.length;
  await work();
  return machine.operations.slice(before);
}

describe("a write that the disk refuses", () => {
  test.each([
    ["EIO", "write", PoisonedError],
    ["EIO", "datasync", PoisonedError],
    ["ENOSPC", "write", DiskFullError],
    ["ENOSPC", "datasync", DiskFullError],
  ] as const)(
    "%s from %s: nothing is acknowledged from then on, reads go on",
    async (code, kind, error) => {
      failNext(code, kind);
      const together = await Promise.allSettled([put("a"), put("b")]);
      for (const answer of together) {
        expect(answer).toMatchObject({ status: "rejected", reason: expect.any(error) });
      }
      machine.injector = () => undefined;
      await expect(put("later")).rejects.toThrow(error);
      await expect(store.database("one").collection("c").delete("before")).rejects.toThrow(error);
      expect(machine.events).toContainEqual(
        expect.objectContaining({ type: "poisoned", database: "one", error: expect.any(error) }),
      );
      expect(store.database("one").status()?.poisoned?.code).toBe(
        code === "EIO" ? "POISONED" : "DISK_FULL",
      );

      expect(get("before")).toBeDefined();
      expect(get("a")).toBeUndefined();
      expect(get("later")).toBeUndefined();
      await put("elsewhere", 10, "other");
    },
  );

  test("the next open recovers, with the refused writes or without them", async () => {
    failNext("EIO", "datasync");
    await expect(put("a")).rejects.toThrow(PoisonedError);
    await reopen();
    expect(get("before")).toBeDefined();
    // Its bytes were written, and nobody was told what became of them.
    expect(get("a")).toBeDefined();
    await put("later");
    await reopen();
    expect(get("later")).toBeDefined();
  });

  test("conditions that depend on a refused write are refused too", async () => {
    failNext("EIO", "datasync");
    const refused = put("a");
    const dependent = store.database("one").collection("c").put("a", 1, { ifOffset: null });
    await expect(refused).rejects.toThrow(PoisonedError);
    await expect(dependent).rejects.toThrow(PoisonedError);
  });

  test("a seal that the disk refuses poisons the database", async () => {
    failNext("EIO", "write");
    machine.clock.advance(2_000);
    while (store.database("one").status()?.poisoned === undefined) {
      await new Promise(setImmediate);
    }
    await expect(put("later")).rejects.toThrow(PoisonedError);
    await reopen();
    expect(get("before")).toBeDefined();
  });

  test("closing cannot fail, and loses nothing that was acknowledged", async () => {
    const contents = await contentsOf(store);
    failNext("EIO", "write");
    await reopen();
    expect(await contentsOf(store)).toEqual(contents);
  });
});

test("writes that the disk takes in parts are completed", async () => {
  machine.injector = ({ kind, bytes = 0 }) =>
    kind === "write" && bytes > 7 ? { short: 7 } : undefined;
  await put("a", 100);
  await put("large", 5_000);
  await store.compact();
  await store.createDatabase("another");
  const contents = await contentsOf(store);
  await reopen();
  expect(await contentsOf(store)).toEqual(contents);
  expect(get("large")).toBe("x".repeat(5_000));
});

test("on a full disk, what was acknowledged stays, and more room is all that it takes", async () => {
  const disk = new MemoryFileSystem({ capacityBytes: 20_000 });
  machine = new SimulatedMachine(disk);
  store = await machine.open();
  const acknowledged: string[] = [];
  const fill = async (): Promise<never> => {
    for (let index = 0; ; index++) {
      await put(`key ${index}`, 700);
      acknowledged.push(`key ${index}`);
    }
  };
  await expect(fill()).rejects.toThrow(DiskFullError);
  expect(acknowledged.length).toBeGreaterThan(15);
  await reopen();
  for (const key of acknowledged) expect(get(key)).toBeDefined();

  disk.setCapacity(40_000);
  await reopen();
  await put("more", 700);
  expect(get("more")).toBeDefined();
});

test("a refusal at any operation of rolling loses nothing that was acknowledged", async () => {
  await put("fill", 3_800);
  const roll = (): Promise<unknown> => put("rolls", 1_000);
  const before = machine.disk.clone();
  const operations = await operationsOf(roll);
  expect(operations.map(({ kind }) => kind)).toContain("create");
  for (const index of operations.keys()) {
    machine = new SimulatedMachine(before.clone());
    store = await machine.open();
    failOnce("EIO", index);
    // A failure to prepare space behind the group is told to the next one.
    await expect(roll().then(() => put("next"))).rejects.toThrow(PoisonedError);
    await reopen();
    expect(get("fill")).toBeDefined();
    await put("after", 4_000);
    await reopen();
    expect(get("after")).toBeDefined();
  }
});

describe("a refusal at any operation of compacting", () => {
  const prepare = async (): Promise<void> => {
    for (const key of ["a", "b", "c", "a", "b", "a", "d", "a"]) await put(key, 1_300);
    await store.database("one").collection("c").delete("d");
    await put("e", 1_300);
  };

  test("changes nothing that can be read, now or after the next open", async () => {
    await prepare();
    const contents = await contentsOf(store);
    const before = machine.disk.clone();
    const operations = await operationsOf(() => store.compact());
    expect(operations.map(({ kind }) => kind)).toContain("rename");
    for (const index of operations.keys()) {
      machine = new SimulatedMachine(before.clone());
      store = await machine.open();
      failOnce("EIO", index);
      await expect(store.compact()).rejects.toThrow("EIO");
      expect(await contentsOf(store)).toEqual(contents);

      // What comes next must fit to what is on disk by now: writes, and compaction if it is tried again.
      for (const key of ["a", "b", "f", "g", "a", "b"]) await put(key, 1_300);
      await store.compact().catch(() => {});
      const later = await contentsOf(store);
      await reopen();
      expect(await contentsOf(store)).toEqual(later);
      await store.compact();
      expect(await contentsOf(store)).toEqual(later);
      await reopen();
      expect(await contentsOf(store)).toEqual(later);
    }
  });

  test("that left its result in force on disk keeps others from coming into force beside it", async () => {
    // Of the first two segments, the second holds much garbage and the first some.
    for (const [key, bytes] of [
      ["a", 2_000],
      ["b", 500],
      ["c", 1_700],
      ["d", 1_700],
    ] as const) {
      await put(key, bytes);
    }
    for (const [key, bytes] of [
      ["e", 3_300],
      ["f", 300],
      ["b", 500],
      ["d", 10],
    ] as const) {
      await put(key, bytes);
    }
    failNext("EIO", "syncDirectory");
    await expect(store.compact()).rejects.toThrow("EIO");
    machine.injector = () => undefined;

    // Now most of the third is garbage, so that the second and the third are what to compact.
    await put("e", 10);
    await store.compact().catch(() => {});
    const contents = await contentsOf(store);
    await reopen();
    expect(await contentsOf(store)).toEqual(contents);
    await store.compact();
    expect(await contentsOf(store)).toEqual(contents);
  });

  test("is told, in the background, and leaves no file behind that keeps it from being tried again", async () => {
    await prepare();
    const contents = await contentsOf(store);
    await store.close();
    failOnce("ENOSPC", 0, ({ kind, path }) => kind === "write" && path.endsWith(".tmp"));
    store = await machine.open({ compaction: "background" });
    while (!machine.events.some(({ type }) => type === "compaction-failed")) {
      await new Promise(setImmediate);
    }
    expect(store.database("one").status()?.poisoned).toBeUndefined();
    await store.compact();
    expect(store.database("one").status()?.compaction.runs).toBeGreaterThan(0);
    expect(await contentsOf(store)).toEqual(contents);
  });
});

describe("a run that fails in its middle, with expired values and small segments in it", () => {
  const expires = (): object => ({ expires: timestampMs(machine.clock.now() + 1_000) });

  beforeEach(async () => {
    for (const key of ["a", "b", "c", "d"]) await put(key, 1_300);
    const collection = store.database("one").collection("c");
    for (const key of ["a", "e", "f"]) await collection.put(key, "y".repeat(1_300), expires());
    await put("g", 3_000);
    machine.clock.advance(10_000);
  });

  test.each(["EIO", "ENOSPC"] as const)(
    "by %s leaves the database serving and no file behind, and is tried again after a while",
    async (code) => {
      const contents = await contentsOf(store);
      await store.close();
      failOnce(code, 1, ({ kind, path }) => kind === "write" && path.endsWith(".tmp"));
      store = await machine.open({ compaction: "background" });
      const until = async (type: string): Promise<void> => {
        while (!machine.events.some((event) => event.type === type)) {
          await new Promise(setImmediate);
        }
      };
      await until("compaction-failed");
      expect(machine.disk.fileNames().filter((path) => path.endsWith(".tmp"))).toEqual([]);
      expect(await contentsOf(store)).toEqual(contents);
      const status = store.database("one").status();
      expect(status?.poisoned).toBeUndefined();
      expect(status?.compaction).toMatchObject({ runs: 0, failures: 1, running: undefined });
      await put("meanwhile");

      machine.clock.advance(20_000);
      await until("compacted");
      const { one } = await contentsOf(store);
      const keys = one?.collections["c"]?.map(({ key }) => key);
      expect(keys).toEqual(["b", "before", "c", "d", "g", "meanwhile"]);
    },
  );

  test("is given up at once when the database is closed, however slowly it may write", async () => {
    const contents = await contentsOf(store);
    await store.close();
    store = await machine.open({ compactionBytesPerSecond: 64 << 10 });
    // More than may be written at once: the clock stands still, so the run waits for ever.
    for (let index = 0; index < 8; index++) await put(`long ${index}`, 20_000);
    for (let index = 0; index < 7; index++) await put(`long ${index}`, 10);
    for (let index = 0; index < 4; index++) await put(`other ${index}`, 20_000);
    const later = await contentsOf(store);
    expect(later).not.toEqual(contents);
    const compaction = store.compact();
    while (store.database("one").status()?.compaction.running === undefined) {
      await new Promise(setImmediate);
    }
    await store.close();
    await compaction;
    expect(machine.disk.fileNames().filter((path) => path.endsWith(".tmp"))).toEqual([]);
    store = await machine.open();
    expect(await contentsOf(store)).toEqual(later);
  });
});

test("values that expire are dropped by and by, without a write", async () => {
  await store.close();
  store = await machine.open({ compaction: "background" });
  const collection = store.database("one").collection("c");
  for (let index = 0; index < 4; index++) {
    const expires = timestampMs(machine.clock.now() + 60_000);
    await collection.put(`session ${index}`, "x".repeat(3_000), { expires });
  }
  const bytes = (): number => store.database("one").status()?.bytes ?? 0;
  const before = bytes();
  expect(before).toBeGreaterThan(12_000);
  machine.clock.advance(50_000);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(bytes()).toBeGreaterThanOrEqual(before);
  machine.clock.advance(20_000);
  while (bytes() > before / 2) await new Promise(setImmediate);
  expect(collection.count()).toBe(1);
  const segments = store.database("one").status()?.segments ?? [];
  expect(segments.filter(({ sealed }) => sealed).every((one) => one.expiringBytes === 0)).toBe(
    true,
  );
});

test("compaction refuses a damaged segment and leaves all others as they are", async () => {
  for (const key of ["a", "b", "c", "a", "a", "a"]) await put(key, 1_300);
  const [path = ""] = machine.disk.fileNames().filter((name) => name.endsWith(".log"));
  // In the value of "a" in the first segment, which is garbage by now.
  machine.disk.flipBit(path, 8 * 400);
  const files = machine.disk.fileNames();
  await expect(store.compact()).rejects.toThrow(CorruptionError);
  expect(machine.disk.fileNames()).toEqual(files);
  expect(get("a")).toBeDefined();
  await put("after");
});

test("a refusal at any operation of creating a database leaves a usable store", async () => {
  const create = (): Promise<unknown> => store.createDatabase("new");
  const before = machine.disk.clone();
  const operations = await operationsOf(create);
  for (const index of operations.keys()) {
    machine = new SimulatedMachine(before.clone());
    store = await machine.open();
    failOnce("EIO", index);
    await expect(create()).rejects.toThrow("EIO");
    expect(store.databases().map(({ name }) => name)).toEqual(["one"]);
    await put("meanwhile");

    await put("first", 10, "new");
    expect(get("first", "new")).toBeDefined();
    const contents = await contentsOf(store);
    await reopen();
    expect(await contentsOf(store)).toEqual(contents);
  }
});

test("a database whose directory came into place by a rename that failed can be created again", async () => {
  let isFailing = true;
  class DoneAndRefused extends FaultyFileSystem {
    override async rename(from: string, to: string): Promise<void> {
      await super.rename(from, to);
      if (isFailing && to.endsWith("/new")) throw new SystemError("EIO", "rename", from);
    }
  }
  await store.close();
  store = await open("/store", {
    fileSystem: new DoneAndRefused(machine.disk),
    locker: processLocalLocker(),
  });
  await expect(store.createDatabase("new")).rejects.toThrow("EIO");
  isFailing = false;
  await put("first", 10, "new");
  expect(get("first", "new")).toBeDefined();
});

test("a refusal at any operation of dropping a database leaves it whole or not at all", async () => {
  await put("a", 10, "old");
  const contents = await contentsOf(store);
  const drop = (): Promise<unknown> => store.dropDatabase("old");
  const before = machine.disk.clone();
  const operations = await operationsOf(drop);
  for (const index of operations.keys()) {
    machine = new SimulatedMachine(before.clone());
    store = await machine.open();
    failOnce("EIO", index);
    await drop().catch(() => {}); // That the log could not be sealed any more does not keep it from going.
    machine.injector = () => undefined;
    await put("meanwhile");
    await reopen();
    const { old, one } = await contentsOf(store);
    if (old !== undefined) expect(old).toEqual(contents["old"]);
    expect(one?.collections["c"]?.map(({ key }) => key)).toEqual(["before", "meanwhile"]);
  }
});

test("a refusal at any operation of opening lets the directory go and changes nothing", async () => {
  for (const key of ["a", "b", "a", "b"]) await put(key, 1_300);
  await put("c", 10, "two");
  const contents = await contentsOf(store);
  machine.killProcess();
  const before = machine.disk.clone();
  const operations = await operationsOf(() => machine.open());
  for (const index of operations.keys()) {
    machine = new SimulatedMachine(before.clone());
    const locker = processLocalLocker();
    failOnce("EIO", index);
    await expect(machine.open({ locker })).rejects.toThrow("EIO");
    expect(machine.openFiles).toEqual([]);
    machine.injector = () => undefined;
    store = await machine.open({ locker });
    expect(await contentsOf(store)).toEqual(contents);
  }
});

test("a first epoch that cannot be written lets the directory go", async () => {
  // The process before died between the creation of the database and its first record.
  const [path = ""] = machine.disk.fileNames().filter((name) => name.endsWith(".log"));
  await store.close();
  machine.disk.writeBytes(path, new Uint8Array());
  await machine.disk.remove(path.replace(/[^/]*$/, "END"));
  const locker = processLocalLocker();
  failOnce("EIO", 1, ({ kind }) => kind === "write");
  await expect(machine.open({ locker })).rejects.toThrow(PoisonedError);
  expect(machine.openFiles).toEqual([]);
  machine.injector = () => undefined;
  store = await machine.open({ locker });
  await put("after");
});
