/** The change feed: every committed change once, in order, live and resumable. */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { getEventListeners } from "node:events";

import {
  AbortError,
  ClosedError,
  DatabaseNotFoundError,
  DatabaseReplacedError,
  CorruptionError,
  epoch,
  InvalidNameError,
  InvalidOptionError,
  logOffset,
  timestampMs,
  type Change,
  type ChangeFeed,
  type ChangesOptions,
  type Database,
  type LogOffset,
  type Storable,
  type Store,
} from "@boxerdb/engine";
import { beforeEach, describe, expect, test } from "vitest";

import { byteStringOf } from "../src/log/byte-string.ts";
import { FrameKind } from "../src/log/frame-kind.ts";
import { MsgpackWriter } from "../src/log/msgpack-cursor.ts";
import { beginRecord, endRecord } from "../src/log/record.ts";

import { leadAlone } from "./lone-leader.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

const origin = logOffset(0);

let machine: SimulatedMachine;
let store: Store;
let app: Database;

beforeEach(async () => {
  machine = new SimulatedMachine();
  store = await machine.open();
  app = store.database("app");
});

const put = (key: string, value: Storable = key, collection = "c"): Promise<number> =>
  app.collection(collection).put(key, value);

const all = (options: ChangesOptions = {}): Promise<Change[]> =>
  Array.fromAsync(app.changes({ from: origin, live: false, ...options }));

/** The offsets of changes, and of notices the place. */
const offsetsOf = (changes: readonly Change[]): (number | string)[] =>
  changes.map((change) =>
    change.type === "purged" ? `purged from ${change.from}` : change.offset,
  );

async function take(feed: ChangeFeed, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  while (changes.length < count) {
    const step = await feed.next();
    if (step.done === true) break;
    changes.push(step.value);
  }
  return changes;
}

/** Lets everything happen that can happen by itself. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("what a change tells", () => {
  test("puts, deletes and batches, without the record that begins the epoch", async () => {
    const expires = timestampMs(machine.clock.now() + 1_000);
    await app.collection("users").put("ada", { name: "Ada" }, { expires });
    machine.clock.advance(5);
    await app.batch([
      { op: "put", collection: "other", key: "ключ 🔑", value: [1] },
      { op: "delete", collection: "users", key: "ada" },
      { op: "put", collection: "users", key: "bytes", value: Buffer.from([1, 2]) },
    ]);
    const timestamp = machine.clock.now();
    expect(await all()).toEqual([
      {
        type: "put",
        collection: "users",
        key: "ada",
        value: { name: "Ada" },
        offset: 1,
        timestamp: timestamp - 5,
        expires,
        batchRemaining: 0,
      },
      {
        type: "put",
        collection: "other",
        key: "ключ 🔑",
        value: [1],
        offset: 2,
        timestamp,
        expires: null,
        batchRemaining: 2,
      },
      { type: "delete", collection: "users", key: "ada", offset: 3, timestamp, batchRemaining: 1 },
      {
        type: "put",
        collection: "users",
        key: "bytes",
        value: Buffer.from([1, 2]),
        offset: 4,
        timestamp,
        expires: null,
        batchRemaining: 0,
      },
    ]);
  });

  test("a collection, and the keys in it that begin with a prefix", async () => {
    await put("ä1", 1, "a");
    await put("ä2", 2, "a");
    await put("b", 3, "a");
    await put("ä1", 4, "ab");
    await app.collection("a").delete("ä1");
    expect(offsetsOf(await all({ collection: "a" }))).toEqual([1, 2, 3, 5]);
    expect(offsetsOf(await all({ collection: "a", prefix: "ä" }))).toEqual([1, 2, 5]);
    expect(offsetsOf(await all({ collection: "a", prefix: "ä2" }))).toEqual([2]);
    expect(offsetsOf(await all({ collection: "none" }))).toEqual([]);
  });

  test("options that cannot be meant are refused at once", () => {
    expect(() => app.changes({ prefix: "a" })).toThrow(InvalidOptionError);
    expect(() => app.changes({ collection: "_a" })).toThrow(InvalidNameError);
    for (const from of [-1, 0.5, Number.NaN]) {
      expect(() => app.changes({ from: from as LogOffset })).toThrow(InvalidOptionError);
    }
  });
});

describe("where a feed begins and ends", () => {
  test("as a rule with what is written after the call, not after the first step", async () => {
    await put("before");
    const feed = app.changes();
    expect(feed.position).toBe(2);
    await put("after");
    expect(await take(feed, 1)).toMatchObject([{ key: "after", offset: 2 }]);
    await feed.return();
  });

  test("without waiting, at what was committed at the call", async () => {
    await put("a");
    const feed = app.changes({ from: origin, live: false });
    await put("b");
    expect(offsetsOf(await Array.fromAsync(feed))).toEqual([1]);
    expect(feed.position).toBe(2);
    expect(offsetsOf(await all({ from: feed.position }))).toEqual([2]);
    expect(await Array.fromAsync(app.changes({ live: false }))).toEqual([]);
  });

  test("of a database that does not exist, with its creation, or at once", async () => {
    expect(await all()).toEqual([]);
    const feed = app.changes();
    const first = feed.next();
    await store.createDatabase("other");
    await settle();
    expect(feed.position).toBe(0);
    await put("a");
    expect(await first).toMatchObject({ value: { key: "a", offset: 1 } });
    await feed.return();
  });

  test("beyond what is committed, it waits until the log has got there", async () => {
    await put("a");
    const feed = app.changes({ from: logOffset(4) });
    for (const key of ["b", "c", "d", "e"]) await put(key);
    expect(await take(feed, 2)).toMatchObject([{ offset: 4 }, { offset: 5 }]);
    await feed.return();
    expect(await all({ from: logOffset(100) })).toEqual([]);
  });

  test("its position tells how to go on, within a batch and behind what it passed over", async () => {
    await put("a");
    await app.batch(
      ["b", "c", "d"].map((key) => ({ op: "put", collection: "c", key, value: key }) as const),
    );
    await put("x", "x", "other");
    const feed = app.changes({ from: origin, collection: "c" });
    const positions: number[] = [];
    for (let count = 0; count < 4; count++) {
      await take(feed, 1);
      positions.push(feed.position);
    }
    expect(positions).toEqual([2, 3, 4, 5]);
    const waiting = feed.next();
    await settle();
    expect(feed.position).toBe(6);
    await feed.return();
    await waiting;

    expect(await all({ from: logOffset(3) })).toMatchObject([
      { key: "c", batchRemaining: 1 },
      { key: "d", batchRemaining: 0 },
      { key: "x" },
    ]);
  });

  test("live, over many segments, while they are written", async () => {
    const feed = app.changes();
    const writing = (async () => {
      for (let index = 0; index < 40; index++) await put(`key ${index}`, "x".repeat(500));
    })();
    const changes = await take(feed, 40);
    await writing;
    expect(offsetsOf(changes)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(app.status()?.segments.length).toBeGreaterThan(3);
    await feed.return();
  });
});

describe("the end of a feed", () => {
  test("by its signal: the reason is the cause, and no listener is left", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const feed = app.changes({ signal });
    const first = feed.next();
    await put("a");
    await first;
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const waiting = feed.next();
    await settle();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort("no longer wanted");
    await expect(waiting).rejects.toThrow(AbortError);
    await expect(waiting).rejects.toMatchObject({
      name: "AbortError",
      code: "ABORT_ERR",
      cause: "no longer wanted",
    });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(await feed.next()).toEqual({ done: true, value: undefined });

    for (const database of [app, store.database("none")]) {
      await expect(database.changes({ signal }).next()).rejects.toThrow(AbortError);
    }
  });

  test("by its signal while there is more, at the next step", async () => {
    await put("a");
    await put("b");
    const controller = new AbortController();
    const feed = app.changes({ from: origin, signal: controller.signal });
    await take(feed, 1);
    controller.abort();
    await expect(feed.next()).rejects.toThrow(AbortError);
  });

  test.each(["app", "none"])("by its reader, also while it waits for %s", async (name) => {
    await put("a");
    const feed = store.database(name).changes();
    const waiting = feed.next();
    await settle();
    await feed[Symbol.asyncDispose]();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    await put("b");
  });

  test.each([
    ["its database is dropped", () => store.dropDatabase("app"), DatabaseNotFoundError],
    ["its database is opened anew", () => store.reopenDatabase("app"), DatabaseReplacedError],
    ["the store is closed", () => store.close(), ClosedError],
  ])("when %s, whether it waits or not", async (_what, end, error) => {
    await put("a");
    await put("b");
    const reading = app.changes({ from: origin });
    await take(reading, 1);
    const waiting = app.changes();
    const next = waiting.next();
    const answer = expect(next).rejects.toThrow(error);
    await settle();
    await end();
    await answer;
    await expect(reading.next()).rejects.toThrow(error);
  });

  test("when the store is closed before the database was created", async () => {
    const next = app.changes().next();
    const answer = expect(next).rejects.toThrow(ClosedError);
    await settle();
    await store.close();
    await answer;
    expect(() => app.changes()).toThrow(ClosedError);
  });

  test("a database that was dropped and made again is another one", async () => {
    await put("old");
    const feed = app.changes();
    await store.dropDatabase("app");
    await put("new");
    await expect(feed.next()).rejects.toThrow(DatabaseNotFoundError);
    expect(await all()).toMatchObject([{ key: "new" }]);
  });
});

describe("a database whose records are committed by replication", () => {
  test("shows nothing above the high watermark, and no batch in part", async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ commit: "replicated" });
    leadAlone(store);
    app = await store.createDatabase("app");
    const { open } = app;
    const written = app.batch(
      ["a", "b", "c"].map((key) => ({ op: "put", collection: "c", key, value: key }) as const),
    );
    const feed = app.changes({ from: origin });
    const first = feed.next();
    let isShown = false;
    void first.then(() => (isShown = true));
    for (const offset of [1, 2, 3]) {
      await settle();
      open?.advanceHighWatermark(logOffset(offset));
      await settle();
      expect(isShown).toBe(false);
      expect(await all()).toEqual([]);
      expect(feed.position).toBe(Math.min(offset, 1));
    }
    open?.advanceHighWatermark(logOffset(4));
    expect(await first).toMatchObject({ value: { key: "a", offset: 1 } });
    expect(offsetsOf(await take(feed, 2))).toEqual([2, 3]);
    await written;
    await feed.return();
  });
});

test("a value that is none is told, though its checksum fits", async () => {
  machine = new SimulatedMachine();
  store = await machine.open({ commit: "replicated" });
  await store.createReplica("app", "f7b5c1d2-0000-4000-8000-000000000000");
  app = store.database("app");
  const writer = new MsgpackWriter(Buffer.alloc(100));
  const start = beginRecord(writer, {
    kind: FrameKind.put,
    offset: logOffset(0),
    epoch: epoch(1),
    timestamp: machine.clock.now(),
    expires: null,
    batchRemaining: 0,
    collection: byteStringOf("c"),
    key: byteStringOf("key"),
  });
  writer.raw(Uint8Array.of(0xc1));
  endRecord(writer, start);
  await app.open?.appendReplicated(writer.bytes.subarray(0, writer.position), logOffset(1));
  app.open?.advanceHighWatermark(logOffset(1));
  await expect(all()).rejects.toThrow(CorruptionError);
});

describe("memory", () => {
  /** The lengths of what was read of the log. */
  function readsOfLog(): number[] {
    const reads: number[] = [];
    machine.injector = ({ kind, path, bytes }) => {
      if (kind === "read" && path.endsWith(".log") && bytes !== undefined) reads.push(bytes);
      return undefined;
    };
    return reads;
  }

  test("a reader that stops keeps one window, whatever is written", async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ segmentBytes: 1 << 20, maxInFlightBytes: 1 << 22 });
    app = store.database("app");
    const write = (): Promise<number[]> =>
      Promise.all(Array.from({ length: 400 }, (_, index) => put(`key ${index}`, "x".repeat(900))));
    await write();
    const reads = readsOfLog();
    const feed = app.changes({ from: origin });
    await take(feed, 1);
    expect(reads).toEqual([64 << 10]);
    await write();
    await settle();
    expect(reads).toHaveLength(1);

    await take(feed, 799);
    expect(Math.max(...reads)).toBe(64 << 10);
    // Hardly anything is read twice.
    const logBytes = app.status()?.bytes ?? 0;
    expect(reads.reduce((sum, bytes) => sum + bytes)).toBeLessThan(logBytes * 1.05);
    await feed.return();
  });

  test("a feed that waits reads only what is new", async () => {
    for (let index = 0; index < 5; index++) await put(`key ${index}`);
    const feed = app.changes({ from: origin });
    await take(feed, 5);
    let next = feed.next();
    await settle();
    const reads = readsOfLog();
    for (let index = 0; index < 5; index++) {
      await put("key");
      await next;
      next = feed.next();
    }
    await settle();
    expect(reads).toHaveLength(5);
    expect(Math.max(...reads)).toBeLessThan(200);
    await feed.return();
    await next;
  });

  test("a value that is longer than a window is read whole", async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ segmentBytes: 1 << 20 });
    app = store.database("app");
    const long = "x".repeat(200_000);
    await put("a");
    await put("long", long);
    await put("b");
    expect(await all()).toMatchObject([{ key: "a" }, { key: "long", value: long }, { key: "b" }]);
  });
});

describe("compaction", () => {
  const overwrite = async (): Promise<void> => {
    for (let index = 0; index < 12; index++) await put("filler", "x".repeat(1_000));
  };

  test("who begins below the purge floor is told first, who begins at 0 or above it is not", async () => {
    await put("gone");
    await app.collection("c").delete("gone");
    await overwrite();
    await store.compact();
    const purgeFloor = app.status()?.purgeFloor ?? 0;
    expect(purgeFloor).toBeGreaterThan(3);

    for (const from of [1, 2, purgeFloor - 1]) {
      const changes = await all({ from: logOffset(from), collection: "none" });
      expect(changes).toEqual([{ type: "purged", from, purgeFloor }]);
    }
    expect((await all({ from: logOffset(2) })).map(({ type }) => type)).toContain("put");
    for (const from of [0, purgeFloor]) {
      const changes = await all({ from: logOffset(from) });
      expect(changes.map(({ type }) => type)).not.toContain("purged");
    }
  });

  test("a slow reader is told when compaction overtakes it, once", async () => {
    await put("gone");
    await overwrite();
    await app.collection("c").delete("gone");
    await overwrite();
    const feed = app.changes({ from: origin });
    expect(await take(feed, 1)).toMatchObject([{ type: "put", key: "gone" }]);
    await store.compact();
    const purgeFloor = app.status()?.purgeFloor ?? 0;
    const rest: Change[] = [];
    while (feed.position < 26) rest.push(...(await take(feed, 1)));
    const notices = rest.filter(({ type }) => type === "purged");
    expect(notices).toEqual([{ type: "purged", from: expect.any(Number), purgeFloor }]);
    expect(rest.some((change) => change.type === "delete")).toBe(false);
    await feed.return();
  });

  test("a reader whose segment was replaced goes on where it stood, and lets go of the old one", async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ segmentBytes: 256 << 10 });
    app = store.database("app");
    const write = async (): Promise<void> => {
      for (let index = 0; index < 200; index++) await put(`key ${index}`, "x".repeat(1_000));
    };
    await write();
    const feed = app.changes({ from: origin });
    expect(offsetsOf(await take(feed, 10))).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
    await write();
    await store.compact();
    expect(app.status()?.segments[0]).toMatchObject({ compacted: true, baseOffset: 0 });
    expect(machine.openFiles).toHaveLength(app.status()?.segments.length ?? 0);

    const rest: Change[] = [];
    while (feed.position < 401) rest.push(...(await take(feed, 1)));
    const offsets = rest.flatMap((change) => (change.type === "purged" ? [] : [change.offset]));
    expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b));
    expect(offsets[0]).toBe(11);
    // Of the first segment it had read no more than a window.
    expect(offsets.findIndex((offset) => offset > 200)).toBeLessThan(70);
    expect(offsets.slice(-200)).toEqual(Array.from({ length: 200 }, (_, n) => n + 201));
    await feed.return();
  });
});

test("every flipped bit of a small log is told, or does no harm", async () => {
  await put("a", { n: 1 });
  await app.batch([
    { op: "put", collection: "c", key: "b", value: "two" },
    { op: "delete", collection: "c", key: "a" },
  ]);
  const expected = await all();
  const [path = ""] = machine.disk.fileNames().filter((name) => name.endsWith(".log"));
  equal(path.startsWith(dataDirectory), true);
  // Behind its groups the file may have space that nobody reads.
  const bits = (app.status()?.segments[0]?.bytes ?? 0) * 8;
  let refused = 0;
  for (let bit = 0; bit < bits; bit++) {
    machine.disk.flipBit(path, bit);
    try {
      deepStrictEqual(await all(), expected);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      equal(error.path, path);
      refused++;
    }
    machine.disk.flipBit(path, bit);
  }
  deepStrictEqual(await all(), expected);
  // The header of the file is not read again.
  const headerBits = 8 * 100;
  ok(refused >= bits - headerBits, `${refused} of ${bits} were told`);
});
