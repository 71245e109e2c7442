/** Hashes of what a database holds, by which replicas are compared. */
import {
  logOffset,
  timestampMs,
  type BatchOperation,
  type ContentKey,
  type ContentRange,
  type Store,
  type StoreOptions,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { filesBelow } from "./interrupted-work.ts";
import { leadAlone } from "./lone-leader.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

const never = new AbortController().signal;

const rangesOf = (store: Store): Promise<ContentRange[]> => {
  using snapshot = store.database("app").snapshot();
  return Array.fromAsync(snapshot.contentRanges());
};

const keysOf = (store: Store): Promise<ContentKey[]> => {
  using snapshot = store.database("app").snapshot();
  return Array.fromAsync(snapshot.contentKeys());
};

const operation = fc.oneof(
  fc.record({
    op: fc.constant("put" as const),
    collection: fc.constantFrom("a", "b"),
    key: fc.constantFrom("k1", "k2", "k3", "å", "\u{1f600}"),
    value: fc.oneof(fc.string(), fc.array(fc.integer()), fc.uint8Array({ maxLength: 40 })),
  }),
  fc.record({
    op: fc.constant("delete" as const),
    collection: fc.constantFrom("a", "b"),
    key: fc.constantFrom("k1", "k2", "k3", "å", "\u{1f600}"),
  }),
) satisfies fc.Arbitrary<BatchOperation>;

async function written(
  machine: SimulatedMachine,
  options: StoreOptions,
  batches: BatchOperation[][],
) {
  const store = await machine.open(options);
  for (const batch of batches) await store.database("app").batch(batch);
  return store;
}

describe("the hash of a database", () => {
  test("is the same however its records stand in files", async () => {
    const histories = fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(histories, async (batches) => {
        const store = await written(new SimulatedMachine(), { segmentBytes: 1 << 20 }, batches);
        const machine = new SimulatedMachine();
        const other = await written(machine, { segmentBytes: 4096, memoryBytes: 0 }, batches);
        await other.compact();
        await other.close();
        const reopened = await machine.open();
        expect(await rangesOf(reopened)).toEqual(await rangesOf(store));
        expect(await keysOf(reopened)).toEqual(await keysOf(store));
        await reopened.close();
        await store.close();
      }),
      { numRuns: 60 },
    );
  });

  test("tells each thing that may be different of a record", async () => {
    const put = { op: "put", collection: "a", key: "k", value: "v" } as const;
    const filler = { ...put, collection: "filler" } as const;
    const expires = timestampMs(1_800_000_000_000);
    const variants: BatchOperation[][] = [
      [filler, put],
      [put, filler], // another offset
      [filler, { ...put, value: "w" }],
      [filler, { ...put, value: new Uint8Array([118]) }],
      [filler, { ...put, key: "l" }],
      [filler, { ...put, collection: "b" }],
      [filler, { ...put, expires }],
      [filler, { ...put, expires: timestampMs(expires + 1) }],
      [filler, { ...put, key: "kv", value: "" }],
      [filler],
    ];
    const hashes = variants.map(async (batch) => {
      const store = await written(new SimulatedMachine(), {}, [batch]);
      const [first] = await rangesOf(store);
      return first?.hash;
    });
    expect(new Set(await Promise.all(hashes)).size).toBe(variants.length);
  });

  test("knows nothing of what the engine keeps for itself", async () => {
    const store = await new SimulatedMachine().open();
    await store.database("app").collection("c").put("k", 1, { idempotencyKey: "once" });
    expect((await rangesOf(store)).map(({ collection }) => collection)).toEqual(["c"]);
  });

  test("leaves out what has expired by the time that is named, be it dropped or not", async () => {
    const machine = new SimulatedMachine();
    const store = await machine.open();
    const things = store.database("app").collection("c");
    const soon = timestampMs(machine.clock.now() + 1_000);
    const late = timestampMs(machine.clock.now() + 10_000);
    await things.put("soon", 1, { expires: soon });
    await things.put("late", 1, { expires: late });
    using snapshot = store.database("app").snapshot();
    const keys = async (expiresAfter?: typeof soon): Promise<string[]> => {
      const scope = expiresAfter === undefined ? {} : { expiresAfter };
      return (await Array.fromAsync(snapshot.contentKeys(scope))).map(({ key }) => key);
    };
    expect(await keys()).toEqual(["late", "soon"]);
    expect(await keys(soon)).toEqual(["late"]);
    expect(await keys(late)).toEqual([]);
    // Replicas that have dropped all of it know nothing of the collection.
    expect(await Array.fromAsync(snapshot.contentRanges({ expiresAfter: late }))).toEqual([]);
  });

  test("of a damaged record is an error", async () => {
    const machine = new SimulatedMachine();
    const store = await machine.open({ memoryBytes: 0 });
    await store.database("app").collection("c").put("k", "the value");
    const [path = ""] = machine.disk.fileNames().filter((name) => name.endsWith(".log"));
    const bytes = filesBelow(machine.disk, "").get(path) ?? "";
    machine.disk.flipBit(path, 4 * bytes.indexOf(Buffer.from("the value").toString("hex")));
    await expect(rangesOf(store)).rejects.toMatchObject({ code: "CORRUPT" });
  });

  test("comes in ranges that one key more moves only nearby", async () => {
    const store = await new SimulatedMachine().open({ segmentBytes: 1 << 20 });
    const batch = Array.from({ length: 30_000 }, (_, index) => ({
      op: "put" as const,
      collection: "c",
      key: String(index).padStart(6, "0"),
      value: index,
    }));
    await store.database("app").batch(batch);
    const before = await rangesOf(store);
    expect(before.length).toBeGreaterThan(10);
    expect(before.reduce((sum, { keys }) => sum + keys, 0)).toBe(30_000);
    expect(before.at(-1)?.through).toBeNull();
    await store.database("app").collection("c").put("015000x", 1);
    const after = await rangesOf(store);
    const hashes = new Set(before.map(({ hash }) => hash));
    expect(after.filter(({ hash }) => !hashes.has(hash)).length).toBeLessThan(3);
    // A range that is asked for on its own has the same hash.
    const [first, second] = before;
    using snapshot = store.database("app").snapshot();
    const scope = { collection: "c", gt: first?.through ?? "", lte: second?.through ?? "" };
    const keys = await Array.fromAsync(snapshot.contentKeys(scope));
    expect(keys).toHaveLength(second?.keys ?? -1);
    const [alone] = await Array.fromAsync(snapshot.contentRanges(scope));
    expect(alone?.hash).toBe(second?.hash);
  });
});

describe("a snapshot as of an offset", () => {
  async function replicated() {
    const store = await new SimulatedMachine().open({ commit: "replicated" });
    leadAlone(store);
    const { open: database } = await store.createDatabase("app");
    if (database === undefined) throw new Error("the database was just created");
    const things = store.database("app").collection("c");
    const writes = Array.from("abcdef", (key) => things.put(key, key));
    while (database.log.acceptedOffset < 7) await new Promise(setImmediate);
    const commit = (end: number): void => database.advanceHighWatermark(logOffset(end));
    return { store, database, commit, writes, app: store.database("app") };
  }

  const keysIn = async (snapshot: Awaited<ReturnType<typeof at>>): Promise<string> =>
    (await Array.fromAsync(snapshot.collection("c").keys())).join("");
  const at = (app: ReturnType<Store["database"]>, offset: number, signal = never) =>
    app.snapshotAt(logOffset(offset), signal);

  test("shows all below it and nothing else, though many records are committed at once", async () => {
    const { app, commit, writes } = await replicated();
    commit(2);
    using now = await at(app, 2);
    const awaited = [at(app, 5), at(app, 3), at(app, 5), at(app, 7)];
    commit(7);
    expect(await Promise.all(writes)).toEqual([1, 2, 3, 4, 5, 6]);
    const snapshots = await Promise.all(awaited);
    expect(snapshots.map(({ offset }) => offset)).toEqual([5, 3, 5, 7]);
    expect(await Promise.all(snapshots.map(keysIn))).toEqual(["abcd", "ab", "abcd", "abcdef"]);
    expect(await keysIn(now)).toBe("a");
    for (const snapshot of snapshots) snapshot.close();
  });

  test("is refused where more is committed, and where there is no database", async () => {
    const { store, app, commit } = await replicated();
    commit(4);
    await expect(at(app, 3)).rejects.toMatchObject({ code: "OFFSET_PASSED", highWatermark: 4 });
    await expect(at(store.database("none"), 3)).rejects.toMatchObject({
      code: "DATABASE_NOT_FOUND",
    });
  });

  test("is waited for no longer when it is called off, or the store is closed", async () => {
    const { store, database, app, commit, writes } = await replicated();
    commit(1);
    const calledOff = new AbortController();
    const first = at(app, 4, calledOff.signal);
    calledOff.abort();
    await expect(first).rejects.toMatchObject({ code: "ABORT_ERR" });
    await expect(at(app, 4, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORT_ERR" });
    commit(7);
    await Promise.all(writes);
    expect(database.keyspace.snapshots).toBe(0); // Nothing was made for those who had gone.
    const last = at(app, 9);
    await Promise.all([store.close(), expect(last).rejects.toMatchObject({ code: "CLOSED" })]);
  });
});
