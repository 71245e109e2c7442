/** What readers see of writes on their way, and what conditions are judged against. */
import {
  ClosedError,
  ConflictError,
  logOffset,
  NotWritableError,
  type Collection,
  type Epoch,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import { leadAlone } from "./lone-leader.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

let machine: SimulatedMachine;

beforeEach(() => {
  machine = new SimulatedMachine();
});

describe("a store whose records are committed by replication", () => {
  let store: Store;
  let users: Collection;
  let database: OpenDatabase;

  beforeEach(async () => {
    store = await machine.open({ commit: "replicated" });
    leadAlone(store);
    users = (await store.createDatabase("app")).collection("users");
    const { open } = store.database("app");
    if (open === undefined) throw new Error("the database was just created");
    database = open;
    database.advanceHighWatermark(database.log.acceptedOffset);
  });

  /** Resolves when all that was written is durable here. */
  async function synced(end: number): Promise<void> {
    while (database.log.acceptedOffset < end) await new Promise(setImmediate);
  }

  /** Whether a promise has been settled by now. */
  async function isSettled(promise: Promise<unknown>): Promise<boolean> {
    const pending = Symbol("pending");
    await new Promise(setImmediate);
    return (await Promise.race([promise.catch(() => {}), Promise.resolve(pending)])) !== pending;
  }

  test("shows and acknowledges nothing above the high watermark", async () => {
    const put = users.put("ada", 1);
    await synced(2);
    expect(await isSettled(put)).toBe(false);
    expect(users.getSync("ada")).toBeUndefined();
    expect(await users.has("ada")).toBe(false);
    expect(await Array.fromAsync(users.keys())).toEqual([]);
    expect(users.count()).toBe(0);
    expect(store.database("app").collections()).toEqual([]);
    using snapshot = store.database("app").snapshot();

    database.advanceHighWatermark(logOffset(2));
    expect(await put).toBe(1);
    expect(users.getSync("ada")).toBe(1);
    expect(snapshot.offset).toBe(1);
    expect(snapshot.collection("users").getSync("ada")).toBeUndefined();
  });

  test("shows a batch as a whole, even if the high watermark stands within it", async () => {
    const batch = store.database("app").batch([
      { op: "put", collection: "users", key: "a", value: 1 },
      { op: "put", collection: "users", key: "b", value: 2 },
      { op: "put", collection: "users", key: "c", value: 3 },
    ]);
    await synced(4);
    for (const within of [2, 3]) {
      database.advanceHighWatermark(logOffset(within));
      expect(users.count()).toBe(0);
      expect(await isSettled(batch)).toBe(false);
    }
    database.advanceHighWatermark(logOffset(4));
    expect(users.count()).toBe(3);
    expect(await batch).toBe(3);
  });

  test("keeps the high watermark from going back, and from going beyond what is durable", async () => {
    const put = users.put("ada", 1);
    database.advanceHighWatermark(logOffset(100));
    expect(database.highWatermark).toBe(1);
    await synced(2);
    database.advanceHighWatermark(logOffset(100));
    expect(database.highWatermark).toBe(2);
    database.advanceHighWatermark(logOffset(0));
    expect(database.highWatermark).toBe(2);
    await put;
  });

  test("remembers the high watermark over a clean end, and what is above it stays invisible", async () => {
    const first = users.put("ada", 1);
    await synced(2);
    database.advanceHighWatermark(logOffset(2));
    await first;
    const second = users.put("ada", 2);
    second.catch(() => {});
    await synced(3);
    await store.close();
    await expect(second).rejects.toThrow(ClosedError);

    store = await machine.open({ commit: "replicated" });
    const { open } = store.database("app");
    expect(open?.log.endOffset).toBe(3);
    expect(open?.highWatermark).toBe(2);
    users = store.database("app").collection("users");
    expect(users.getSync("ada")).toBe(1);
    open?.advanceHighWatermark(logOffset(3));
    expect(users.getSync("ada")).toBe(2);
  });

  test("takes no writes after a reopening, until an epoch begins", async () => {
    await store.close();
    store = await machine.open({ commit: "replicated" });
    const app = store.database("app");
    await expect(app.collection("users").put("ada", 1)).rejects.toThrow(NotWritableError);
    await expect(app.collection("users").delete("ada")).rejects.toThrow(NotWritableError);
    await expect(store.database("new").collection("c").put("a", 1)).rejects.toThrow(
      NotWritableError,
    );
    await app.open?.beginEpoch(2 as Epoch);
    const put = app.collection("users").put("ada", 1);
    while (app.open?.log.acceptedOffset !== 3) await new Promise(setImmediate);
    app.open.advanceHighWatermark(logOffset(3));
    expect(await put).toBe(2);
    await expect(app.open.beginEpoch(2 as Epoch)).rejects.toThrow(RangeError);
  });

  test("judges conditions against what is on its way, and tells of it only what is committed", async () => {
    const first = users.put("ada", 1);
    const second = users.put("ada", 2, { ifOffset: logOffset(1) });
    const late = users.put("ada", 3, { ifOffset: logOffset(1) });
    const absent = users.put("ada", 4, { ifOffset: null });
    const removed = users.delete("ada", { ifOffset: logOffset(2) });
    const needless = users.delete("ada");
    const again = users.put("ada", 5, { ifOffset: null });
    for (const refused of [late, absent]) refused.catch(() => {});
    await synced(5);
    for (const answer of [first, second, late, absent, removed, needless, again]) {
      expect(await isSettled(answer)).toBe(false);
    }

    database.advanceHighWatermark(logOffset(5));
    expect(await Promise.all([first, second, removed, needless, again])).toEqual([
      1,
      2,
      3,
      undefined,
      4,
    ]);
    await expect(late).rejects.toMatchObject({
      code: "CONFLICT",
      collection: "users",
      key: "ada",
      expectedOffset: 1,
      actualOffset: 2,
      checkIndex: 0,
    });
    await expect(absent).rejects.toThrow(ConflictError);
    expect(users.getSync("ada")).toBe(5);
  });
});

describe("a store that commits what is synced", () => {
  let store: Store;

  beforeEach(async () => {
    store = await machine.open({ maxInFlightBytes: 10_000 });
    await store.createDatabase("app");
  });

  test("shows nothing before it is synced", async () => {
    const users = store.database("app").collection("users");
    const seen: unknown[] = [];
    machine.injector = ({ kind }) => {
      if (kind === "datasync") seen.push(users.getSync("ada"));
      return undefined;
    };
    await users.put("ada", 1);
    await users.put("ada", 2);
    expect(seen).toEqual([undefined, 1]);
    expect(users.getSync("ada")).toBe(2);
  });

  test("names the check of a batch that does not hold, and writes nothing of it", async () => {
    const app = store.database("app");
    await app.collection("users").put("ada", 1);
    const batch = app.batch([{ op: "put", collection: "users", key: "new", value: 1 }], {
      checks: [
        { collection: "users", key: "ada", offset: logOffset(1) },
        { collection: "users", key: "bob", offset: logOffset(7) },
      ],
    });
    await expect(batch).rejects.toMatchObject({ key: "bob", checkIndex: 1, actualOffset: null });
    expect(await app.collection("users").has("new")).toBe(false);
    expect(app.status()?.endOffset).toBe(2);
  });

  test("bounds the bytes on their way, and keeps the order of those who wait", async () => {
    const app = store.database("app");
    const users = app.collection("users");
    let most = 0;
    machine.injector = () => {
      most = Math.max(most, app.status()?.inFlightBytes ?? 0);
      return undefined;
    };
    const puts = Array.from({ length: 50 }, (_, index) =>
      users.put("key", "x".repeat(900 + index)),
    );
    const offsets = await Promise.all(puts);
    expect(offsets).toEqual(offsets.map((_, index) => index + 1));
    expect(users.getSync("key")).toBe("x".repeat(949));
    expect(most).toBeGreaterThan(5_000);
    // The bound, and the write that went on because there was some room.
    expect(most).toBeLessThanOrEqual(10_000 + 1_000);
    expect(app.status()?.inFlightBytes).toBe(0);
  });

  test("refuses a write from within the value of another, which is written as a whole", async () => {
    const users = store.database("app").collection("users");
    await users.put("ada", 0);
    let inner: Promise<unknown> = Promise.resolve();
    const value = {
      before: 1,
      get sly(): number {
        inner = users.put("bob", 1);
        inner.catch(() => {}); // Looked at below.
        return 2;
      },
      after: 3,
    };
    await users.put("ada", value);
    await expect(inner).rejects.toThrow(/give the value as plain data/);
    expect(users.getSync("ada")).toEqual({ before: 1, sly: 2, after: 3 });
    expect(users.getSync("bob")).toBeUndefined();
    await users.put("bob", 2);
    expect(users.getSync("bob")).toBe(2);
  });

  test("lets a write in that is larger than the bound, alone", async () => {
    const users = store.database("app").collection("users");
    await Promise.all([users.put("a", 1), users.put("b", "x".repeat(50_000)), users.put("c", 3)]);
    expect(await Array.fromAsync(users.keys())).toEqual(["a", "b", "c"]);
  });

  test("rejects those who wait for room when it is closed, and acknowledges those who do not", async () => {
    const users = store.database("app").collection("users");
    const puts = Array.from({ length: 30 }, (_, index) => users.put(`${index}`, "x".repeat(900)));
    const answers = Promise.allSettled(puts);
    await store.close();
    const written = (await answers).filter(({ status }) => status === "fulfilled").length;
    for (const answer of await answers) {
      if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(ClosedError);
    }
    expect(written).toBeGreaterThan(0);
    store = await machine.open();
    expect(store.database("app").collection("users").count()).toBe(written);
  });
});
