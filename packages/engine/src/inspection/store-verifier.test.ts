import { describe, expect, test } from "vitest";

import { SimulatedMachine } from "../../test/simulated-machine.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { bytePosition, logOffset, timestampMs } from "../scalars.ts";
import type { Store } from "../store/store.ts";

import type { StoreVerifyReport } from "./store-verifier.ts";

/** A store with all that a log can hold: compacted, sealed and active segments, long records, expiry. */
async function makeStore(machine: SimulatedMachine): Promise<Store> {
  const store = await machine.open();
  const users = store.database("app").collection("users");
  for (const key of "abcabdabe") await users.put(key, key.repeat(1_300));
  await users.delete("d");
  await store.compact();
  await users.delete("e");
  for (const key of "efgf") await users.put(key, key.repeat(1_300));
  await users.delete("g");
  await users.put("expiring", 1, { expires: timestampMs(1_800_000_000_000) });
  await users.put("expired", 1, { expires: timestampMs(1) });
  await users.put("long", "x".repeat(70_000));
  await store.database("app").batch([
    { op: "put", collection: "others", key: "ü", value: Uint8Array.of(1, 2) },
    { op: "delete", collection: "users", key: "a" },
  ]);
  await store.database("empty").collection("c").put("k", 1);
  await store.database("empty").collection("c").delete("k");
  return store;
}

const openOf = (store: Store): OpenDatabase => store.database("app").open ?? expect.unreachable();

test("a sound store is found sound, whatever is in it", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  const told: number[] = [];
  const openBefore = machine.openFiles;
  const report = await store.verify({ onProgress: (readBytes) => told.push(readBytes) });
  expect(report).toMatchObject({
    ok: true,
    databases: [
      {
        name: "app",
        records: 17,
        endOffset: 22,
        damage: [],
        index: { keys: 8, confirmed: 8, problemCount: 0, problems: [] },
        wrongCounts: [],
      },
      { name: "empty", files: 1, index: { keys: 0, confirmed: 0 } },
    ],
  });
  expect(told.at(-1)).toBeGreaterThan(70_000);
  expect((await store.verify({ database: "empty" })).databases.map(({ name }) => name)).toEqual([
    "empty",
  ]);
  await expect(store.verify({ database: "no" })).rejects.toMatchObject({
    code: "DATABASE_NOT_FOUND",
  });
  expect(machine.openFiles).toEqual(openBefore);
});

test("every flipped bit of an open store's log is found", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  for (const key of "abab") {
    await store
      .database("app")
      .collection("c")
      .put(key, `${key}${"x".repeat(1_990)}`);
  }
  await store.compact();
  for (const { path, byteSize: size } of openOf(store).log.segments) {
    // Each bit of what is not filling, and some of that.
    for (let bit = 0; bit < size * 8; bit += bit % 2_000 < 1_600 ? 3 : 401) {
      machine.disk.flipBit(path, bit);
      const { ok, databases } = await store.verify();
      expect(ok, `bit ${bit} of ${path}`).toBe(false);
      expect(databases[0]?.damage[0]).toMatchObject({ path, isTornTail: false });
      machine.disk.flipBit(path, bit);
    }
  }
  expect((await store.verify()).ok).toBe(true);
});

describe("an index that is not as the log says", () => {
  const [users, others] = [byteStringOf("users"), byteStringOf("others")];
  const [b, f] = [byteStringOf("b"), byteStringOf("f")];
  const { put, delete: remove } = FrameKind;
  const [expires, offset] = [null, logOffset(30)];

  /** What is wrong when a store's index was changed behind its back. */
  async function problemsAfter(change: (database: OpenDatabase) => void): Promise<string[]> {
    const store = await makeStore(new SimulatedMachine());
    change(openOf(store));
    const { ok, databases } = await store.verify({ database: "app" });
    expect(ok).toBe(false);
    const [report = expect.unreachable()] = databases;
    expect(report.wrongCounts.length).toBeGreaterThan(0);
    expect(report.index.problemCount).toBe(report.index.problems.length);
    return report.index.problems.map(
      ({ collection, key, reason }) => `${collection}/${key}: ${reason}`,
    );
  }
  const entryOf = ({ keyspace }: OpenDatabase, key: typeof b) =>
    keyspace.get(users, key) ?? expect.unreachable();

  test("lacks a key", async () => {
    const problems = await problemsAfter((database) => {
      const place = entryOf(database, b);
      database.keyspace.apply({ kind: remove, collection: users, key: b, expires, offset }, place);
    });
    expect(problems).toEqual(["users/b: the log has a value for it, the index does not know it"]);
  });

  test("holds a key that was never written", async () => {
    const problems = await problemsAfter((database) => {
      const key = byteStringOf("new");
      const place = entryOf(database, b);
      database.keyspace.apply({ kind: put, collection: others, key, expires, offset }, place);
    });
    expect(problems).toEqual([
      expect.stringMatching(/^others\/new: .*there is no record of this key/),
    ]);
  });

  test("holds a key that was deleted", async () => {
    const problems = await problemsAfter((database) => {
      const key = byteStringOf("d");
      const place = entryOf(database, b);
      database.keyspace.apply({ kind: put, collection: users, key, expires, offset }, place);
    });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/^users\/d: /);
  });

  test("leads to an older record of a key", async () => {
    const problems = await problemsAfter((database) => {
      const old = database.log.segments.find(({ baseOffset }) => baseOffset > 8);
      const segment = old ?? expect.unreachable();
      const place = { segment, position: bytePosition(1_000), byteLength: 1_400 };
      database.keyspace.apply({ kind: put, collection: users, key: f, expires, offset }, place);
    });
    expect(problems[0]).toMatch(/^users\/f: the index leads to a record before offset/);
  });

  test("has another length or expiry of a record", async () => {
    const problems = await problemsAfter((database) => {
      const place = { ...entryOf(database, f), byteLength: 12 };
      const expires = timestampMs(1);
      database.keyspace.apply({ kind: put, collection: users, key: f, expires, offset }, place);
    });
    expect(problems).toEqual([
      expect.stringMatching(/^users\/f: the index has its length as 12 bytes, the log as 13\d\d/),
      "users/f: the index has its expiry as 1, the log as null",
    ]);
  });

  test("is right, but the counts of a segment are not", async () => {
    const store = await makeStore(new SimulatedMachine());
    const [segment = expect.unreachable()] = openOf(store).log.segments;
    segment.liveBytes++;
    const { ok, databases } = await store.verify({ database: "app" });
    expect(ok).toBe(false);
    const { path, recordBytes, liveBytes } = segment;
    expect(databases[0]?.wrongCounts).toEqual([
      {
        path,
        counted: { recordBytes, liveBytes },
        found: { recordBytes, liveBytes: liveBytes - 1 },
      },
    ]);
  });
});

test("a store is found sound while it is written to and compacted", async () => {
  for (let seed = 0; seed < 40; seed++) {
    const machine = new SimulatedMachine();
    const store = await makeStore(machine);
    let turn = seed;
    machine.turnsOfNext = () => (turn = (turn * 7 + 3) % 11) % 4;
    const done = new AbortController();
    const users = store.database("app").collection("users");
    const writing = (async () => {
      for (let write = 0; !done.signal.aborted; write++) {
        const key = "abcdefgh"[(write * 3 + seed) % 8] ?? "a";
        if (write % 4 === 3) await users.delete(key);
        else await users.put(key, `${write}`.repeat(500));
      }
    })();
    const compacting = (async () => {
      while (!done.signal.aborted) {
        await store.compact();
        await new Promise(setImmediate);
      }
    })();
    try {
      for (let round = 0; round < 3; round++) {
        const report = await store.verify();
        expect(report, `seed ${seed}`).toMatchObject({ ok: true });
      }
    } finally {
      done.abort();
      await Promise.all([writing, compacting]);
    }
    await store.close();
    expect(machine.openFiles).toEqual([]);
  }
});

test("a store is found sound while the index is half in the segment that replaces others", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open({ segmentBytes: 8 << 20 });
  const collection = store.database("app").collection("c");
  for (const key of "abcdefghijklabcdefghm") await collection.put(key, key.repeat(400_000));
  const { log, keyspace } = openOf(store);
  machine.turnsOfNext = () => 5;
  const compaction = store.compact();
  let writing: Promise<unknown> | undefined;
  const verifications: Promise<StoreVerifyReport>[] = [];
  for (let isDone = false; !isDone;) {
    const turn = new Promise<boolean>((resolve) => {
      setImmediate(() => resolve(false));
    });
    isDone = await Promise.race([compaction.then(() => true), turn]);
    const replacement = log.readableSegments[log.segments.length];
    if (replacement === undefined) continue;
    // Replaced now, a key is garbage in one of the two places that count it.
    writing ??= collection.put("i", "new");
    const places = ["j", "k"].map((key) => keyspace.get(byteStringOf("c"), byteStringOf(key)));
    if (!places.some((place) => place?.segment === replacement)) continue;
    verifications.push(store.verify());
  }
  await writing;
  expect(verifications.length).toBeGreaterThan(0);
  for (const { ok, databases } of await Promise.all(verifications)) {
    expect(databases[0]?.index).toMatchObject({ keys: 13, confirmed: 13, problems: [] });
    expect(ok).toBe(true);
  }
});
