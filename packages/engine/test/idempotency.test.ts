/** Writes that may be repeated, and are done once. */
import { deepStrictEqual, equal } from "node:assert/strict";

import {
  ConflictError,
  IdempotencyKeyReusedError,
  InvalidOptionError,
  logOffset,
  type BatchOperation,
  type Collection,
  type Database,
  type Epoch,
  type LogOffset,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";

import { idempotencyCollection } from "../src/database/batch-note.ts";
import { randomSurvival } from "../src/filesystem/survival.ts";

import { leadAlone } from "./lone-leader.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

const dayMs = 24 * 3_600_000;

describe("a write with an idempotency key", () => {
  let machine: SimulatedMachine;
  let store: Store;
  let app: Database;
  let users: Collection;
  let replays: number;
  const onReplay = (): void => {
    replays++;
  };
  const keyed = { idempotencyKey: "first", onReplay };

  beforeEach(async () => {
    machine = new SimulatedMachine();
    store = await machine.open();
    app = store.database("app");
    users = app.collection("users");
    replays = 0;
  });

  test("is not done again, and answers the offset of the first", async () => {
    const offset = await users.put("ada", 1, keyed);
    expect(replays).toBe(0);
    expect(users.getEntry("ada")?.offset).toBe(offset);
    await users.put("ada", 2);
    expect(await users.put("ada", 1, keyed)).toBe(offset);
    expect(replays).toBe(1);
    expect(users.getSync("ada")).toBe(2);
  });

  test("waits for the first one, where that is on its way", async () => {
    const answers = await Promise.all([1, 1, 1].map((value) => users.put("ada", value, keyed)));
    expect(new Set(answers).size).toBe(1);
    expect(replays).toBe(2);
    expect(users.getEntry("ada")?.offset).toBe(answers[0]);
  });

  test("is known again from the log, after the store was opened anew and compacted", async () => {
    const offset = await users.put("ada", 1, keyed);
    for (let round = 0; round < 30; round++) await users.put("alan", "x".repeat(500));
    await store.compact();
    await store.checkpoint();
    await store.close();
    store = await machine.open();
    users = store.database("app").collection("users");
    expect(await users.put("ada", 1, keyed)).toBe(offset);
    expect(replays).toBe(1);
    expect((await store.verify()).ok).toBe(true);
  });

  test("is refused where the key is that of another write", async () => {
    const offset = await users.put("ada", 1, keyed);
    const others: readonly Promise<unknown>[] = [
      users.put("ada", 2, keyed),
      users.put("alan", 1, keyed),
      users.put("ada", 1, { ...keyed, ttlMs: 1_000 }),
      users.delete("ada", keyed),
      app.collection("others").put("ada", 1, keyed),
      app.batch([put("ada", 1), put("ada", 1)], keyed),
    ];
    for (const other of others) await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
    expect(replays).toBe(0);
    expect(app.status()?.endOffset).toBe(offset + 1);
  });

  test("is refused as that of another write while the first is on its way", async () => {
    const first = users.put("ada", 1, keyed);
    await expect(users.put("ada", 2, keyed)).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
      idempotencyKey: "first",
    });
    await first;
  });

  test("does not judge its conditions again", async () => {
    const created = await users.put("ada", 1, { ...keyed, ifOffset: null });
    expect(await users.put("ada", 1, { ...keyed, ifOffset: null })).toBe(created);
    const checks = [{ collection: "users", key: "ada", offset: created }];
    const options = { idempotencyKey: "second", checks };
    const batch = await app.batch([put("ada", 2), put("alan", 3)], options);
    expect(users.getEntry("alan")?.offset).toBe(batch);
    expect(await app.batch([put("ada", 2), put("alan", 3)], options)).toBe(batch);
  });

  test("that was refused, or deleted nothing, leaves the key free", async () => {
    await expect(users.put("ada", 1, { ...keyed, ifOffset: logOffset(9) })).rejects.toThrow(
      ConflictError,
    );
    await users.put("alan", 1);
    expect(await users.delete("ada", keyed)).toBeUndefined();
    expect(await users.delete("alan", keyed)).toEqual(expect.any(Number));
    expect(replays).toBe(0);
  });

  test("deletes once", async () => {
    await users.put("ada", 1);
    const offset = await users.delete("ada", keyed);
    await users.put("ada", 2);
    expect(await users.delete("ada", keyed)).toBe(offset);
    expect(users.getSync("ada")).toBe(2);
  });

  test("is forgotten after a day, or as long as the store was told", async () => {
    const first = await users.put("ada", 1, keyed);
    machine.clock.advance(dayMs - 1);
    expect(await users.put("ada", 1, keyed)).toBe(first);
    machine.clock.advance(1);
    expect(await users.put("ada", 1, keyed)).toBeGreaterThan(first);
    await store.close();
    store = await machine.open({ idempotencyMs: 5_000 });
    users = store.database("app").collection("users");
    const short = await users.put("ada", 1, { idempotencyKey: "short" });
    machine.clock.advance(5_000);
    expect(await users.put("ada", 1, { idempotencyKey: "short" })).toBeGreaterThan(short);
  });

  test("is as durable as the one that repeats it asks for", async () => {
    await store.close();
    // So that no space is prepared in a short segment, by which all would be synced.
    store = await machine.open({ segmentBytes: 64 << 20 });
    users = store.database("app").collection("users");
    await users.put("alan", 1);
    const offset = await users.put("ada", 1, { ...keyed, durability: "os" });
    expect(await users.put("ada", 1, { ...keyed, durability: "disk" })).toBe(offset);
    machine.cutPower(() => false);
    store = await machine.open();
    expect(store.database("app").collection("users").getSync("ada")).toBe(1);
  });

  test("takes its values as they are when it is called, though it has to wait its turn", async () => {
    await store.close();
    store = await machine.open({ maxInFlightBytes: 1 });
    users = store.database("app").collection("users");
    const value = { name: "Ada" };
    const before = users.put("alan", 1);
    const first = users.put("ada", value, keyed);
    value.name = "Grace";
    const other = users.put("ada", value, keyed);
    await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
    await Promise.all([before, first]);
    expect(users.getSync("ada")).toEqual({ name: "Ada" });
  });

  test("tells afterwards what became of it", async () => {
    expect(await app.outcomeOf("first", [put("ada", 1)])).toBeUndefined();
    const offset = await users.put("ada", 1, keyed);
    expect(await app.outcomeOf("first", [put("ada", 1)])).toBe(offset);
    await expect(app.outcomeOf("first", [put("ada", 2)])).rejects.toThrow(
      IdempotencyKeyReusedError,
    );
    const other = users.put("ada", 2, { idempotencyKey: "other" });
    expect(await app.outcomeOf("other", [put("ada", 2)])).toBe(await other);
  });

  test("tells what becomes of one that has to wait its turn", async () => {
    await store.database("app").collection("users").put("alan", 0);
    await store.close();
    store = await machine.open({ maxInFlightBytes: 1 });
    app = store.database("app");
    users = app.collection("users");
    const before = users.put("alan", 1);
    const waiting = users.put("ada", 1, keyed);
    const outcome = app.outcomeOf("first", [put("ada", 1)]);
    expect(await outcome).toBe(await waiting);
    await before;
  });

  test.each(["", "x".repeat(256), "tab\t", "é"])("refuses the key %j", async (idempotencyKey) => {
    await expect(users.put("ada", 1, { idempotencyKey })).rejects.toThrow(InvalidOptionError);
    expect(app.exists).toBe(false);
  });

  test("leaves nothing for users to see but what it wrote", async () => {
    const feed = app.changes({ from: logOffset(0), live: false });
    await app.batch([put("ada", 1), put("alan", 2)], {
      ...keyed,
      progress: { id: "import", state: 1 },
    });
    expect(app.collections()).toEqual([{ name: "users", keys: 2 }]);
    expect(app.status()?.keys).toBe(2);
    expect(() => app.collection("_idempotency")).toThrow("cannot name a collection");
    expect(() => app.snapshot().collection("_progress")).toThrow("cannot name a collection");
    await expect(
      app.batch([{ op: "put", collection: "_progress", key: "import", value: 2 }], keyed),
    ).rejects.toThrow("cannot name a collection");
    expect(await Array.fromAsync(feed)).toEqual([]);
    const all = app.changes({ from: logOffset(0), live: false });
    const changes = await Array.fromAsync(all);
    expect(changes).toMatchObject([
      { key: "ada", batchRemaining: 1 },
      { key: "alan", batchRemaining: 0 },
    ]);
    expect(all.position).toBe(app.status()?.endOffset);
  });
});

describe("progress", () => {
  let machine: SimulatedMachine;
  let store: Store;
  let app: Database;

  beforeEach(async () => {
    machine = new SimulatedMachine();
    store = await machine.open();
    app = store.database("app");
  });

  test("is stored with its batch, and tells the batch's offset", async () => {
    expect(app.progress("import")).toBeUndefined();
    await app.batch([put("a", 1)], { progress: { id: "import", state: { line: 1 } } });
    const offset = await app.batch([put("b", 2), put("c", 3)], {
      progress: { id: "import", state: { line: 3 } },
    });
    expect(app.progress("import")).toEqual({ state: { line: 3 }, offset });
    expect(app.progress("other")).toBeUndefined();
    machine.killProcess();
    app = (await machine.open()).database("app");
    expect(app.progress("import")).toEqual({ state: { line: 3 }, offset });
  });

  test("keeps two runs of the same work from getting mixed up", async () => {
    const progress = (state: number, ifOffset: LogOffset | null) => ({
      progress: { id: "import", state, ifOffset },
    });
    const first = await app.batch([put("a", 1)], progress(1, null));
    await expect(app.batch([put("a", 1)], progress(1, null))).rejects.toMatchObject({
      code: "CONFLICT",
      collection: "_progress",
      key: "import",
      expectedOffset: null,
      actualOffset: first,
    });
    const second = app.batch([put("b", 2), put("c", 2)], progress(2, first));
    const late = app.batch([put("b", 2), put("c", 2)], progress(2, first));
    await expect(late).rejects.toMatchObject({ actualOffset: await second });
    expect(app.progress("import")).toEqual({ state: 2, offset: await second });
    expect(app.collections()).toEqual([{ name: "users", keys: 3 }]);
  });

  test("is not stored where its batch is refused, nor is its batch where it is too large", async () => {
    await app.batch([put("a", 1)]);
    const checks = [{ collection: "users", key: "a", offset: null }];
    await expect(
      app.batch([put("b", 1)], { checks, progress: { id: "import", state: 1 } }),
    ).rejects.toThrow(ConflictError);
    await expect(
      app.batch([put("b", 1)], { progress: { id: "import", state: "x".repeat(4_096) } }),
    ).rejects.toThrow("at most 4096 bytes");
    expect(app.progress("import")).toBeUndefined();
    expect(app.status()?.keys).toBe(1);
  });

  test("may be stored without an operation, and nothing else can be", async () => {
    await app.batch([put("a", 1)], { progress: { id: "import", state: 1 } });
    const offset = await app.batch([], { progress: { id: "import", state: "done" } });
    await expect(app.batch([])).rejects.toThrow("at least one operation");
    machine.killProcess();
    store = await machine.open();
    app = store.database("app");
    expect(app.progress("import")).toEqual({ state: "done", offset });
    expect(app.status()?.keys).toBe(1);
    await expect(store.database("other").batch([])).rejects.toThrow("at least one operation");
    expect(store.database("other").exists).toBe(false);
  });

  test("is kept for seven days", async () => {
    await app.batch([put("a", 1)], { progress: { id: "import", state: 1 } });
    machine.clock.advance(7 * dayMs - 1);
    expect(app.progress("import")?.state).toBe(1);
    machine.clock.advance(1);
    expect(app.progress("import")).toBeUndefined();
  });

  test("is kept no shorter than the one before it, where the clock steps back", async () => {
    await app.batch([put("a", 1)], { progress: { id: "import", state: 1 } });
    machine.clock.advance(-dayMs);
    await app.batch([put("a", 2)], { progress: { id: "import", state: 2 } });
    machine.clock.advance(8 * dayMs - 1);
    expect(app.progress("import")?.state).toBe(2);
    machine.clock.advance(1);
    expect(app.progress("import")).toBeUndefined();
  });
});

describe("a write with an idempotency key, where records are committed by replication", () => {
  let machine: SimulatedMachine;
  let store: Store;
  let users: Collection;
  const keyed = { idempotencyKey: "first" };

  beforeEach(async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ commit: "replicated" });
    leadAlone(store);
    await store.admitReplicas();
    await store.createDatabase("app");
    users = store.database("app").collection("users");
    commitAll();
  });

  function database(): OpenDatabase {
    const { open } = store.database("app");
    if (open === undefined) throw new Error("the database was created");
    return open;
  }

  const commitAll = (): void => database().advanceHighWatermark(database().log.acceptedOffset);

  /** Resolves when so many records more are durable. */
  async function synced(records = 2): Promise<void> {
    const end = database().log.acceptedOffset + records;
    while (database().log.acceptedOffset < end) await new Promise(setImmediate);
  }

  /** Opens the store anew, as the leader of a further reign. */
  async function lead(): Promise<void> {
    store = await machine.open({ commit: "replicated" });
    users = store.database("app").collection("users");
    await database().beginEpoch((database().log.epochs.last + 1) as Epoch);
  }

  test("is answered when the first one is committed, and not before", async () => {
    const first = users.put("ada", 1, keyed);
    await synced();
    let isAnswered = false;
    const second = users.put("ada", 1, keyed).finally(() => {
      isAnswered = true;
    });
    await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    commitAll();
    expect(await second).toBe(await first);
  });

  test("is known again from a log of which the end is not committed", async () => {
    void users.put("ada", 1, keyed);
    await synced();
    machine.killProcess();
    await lead();
    const second = users.put("ada", 1, keyed);
    const other = users.put("ada", 2, keyed);
    commitAll();
    expect(await second).toBe(2);
    await expect(other).rejects.toThrow(IdempotencyKeyReusedError);
    expect(users.getEntry("ada")?.offset).toBe(2);
  });

  test("leaves nothing once its key is forgotten and its segment compacted", async () => {
    const fill = async (): Promise<void> => {
      const written = users.put("filler", "x".repeat(1_500));
      await synced(1);
      commitAll();
      await written;
    };
    const first = users.put("ada", 1, keyed);
    const expiring = users.put("alan", 1, { ttlMs: dayMs });
    await synced(3);
    commitAll();
    await Promise.all([first, expiring]);
    for (let round = 0; round < 8; round++) await fill();
    await store.compact();
    const isKept = (): boolean => database().keyspace.collectionNames().length > 1;
    expect(isKept()).toBe(true);
    machine.clock.advance(dayMs);
    for (let round = 0; round < 8; round++) await fill();
    await store.compact();
    expect(isKept()).toBe(false);
    // What has expired of the users' must hide older values from replicas.
    expect(database().keyspace.size).toBe(3);
    expect(store.status().databases[0]?.purgeFloor).toBe(0);
    expect((await store.verify()).ok).toBe(true);
    await store.close();
    store = await machine.open({ commit: "replicated" });
    expect(database().keyspace.size).toBe(3);
  });

  test("leaves nothing once its key is forgotten, where nothing else is to be compacted", async () => {
    const commitAsWritten = setInterval(commitAll, 1);
    let before = 0;
    try {
      for (let index = 0; index < 60; index++) {
        await users.put(`user-${index}`, "x".repeat(20), { idempotencyKey: `key-${index}` });
      }
      await store.compact();
      before = notes();
      await store.checkpoint();
      await store.close();
      store = await machine.open({ commit: "replicated" });
      expect(notes()).toBe(before);
      machine.clock.advance(dayMs + 2_048);
      await store.compact();
    } finally {
      clearInterval(commitAsWritten);
    }
    // Those in the segment that is still written to stay.
    expect(notes()).toBeLessThan(before / 2);
    expect((await store.verify()).ok).toBe(true);
  });

  const notes = (): number => database().keyspace.collection(idempotencyCollection)?.size ?? 0;

  test("is done again where the first one was cut off", async () => {
    const first = users.put("ada", 1, keyed);
    void first.catch(() => {});
    await synced();
    const cutAt = logOffset(1);
    machine.killProcess();
    store = await machine.open({ commit: "replicated" });
    await database().truncateTo(cutAt);
    await store.close();
    await lead();
    const end = database().log.acceptedOffset;
    const second = users.put("ada", 1, keyed);
    await synced();
    commitAll();
    expect(await second).toBe(end + 1);
    expect(users.getSync("ada")).toBe(1);
  });
});

const put = (key: string, value: number): BatchOperation => ({
  op: "put",
  collection: "users",
  key,
  value,
});

type Step =
  | { readonly type: "write"; readonly index: number; readonly isAwaited: boolean }
  | { readonly type: "work"; readonly work: "compact" | "checkpoint" | "reopen" }
  | {
      readonly type: "crash";
      readonly operations: number;
      readonly taken: number;
      readonly seed: number | "kill";
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      index: fc.nat({ max: 7 }),
      isAwaited: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("work" as const),
      work: fc.constantFrom("compact" as const, "checkpoint" as const, "reopen" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("crash" as const),
      operations: fc.nat({ max: 5 }),
      taken: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.oneof(fc.nat(), fc.constant("kill" as const)),
    }),
  },
);

/** Somebody who repeats writes until they are answered, and some beyond that. */
class StubbornClient {
  readonly #machine = new SimulatedMachine();
  #store: Store;
  readonly #answers = new Map<number, number>();
  #pending: Promise<void>[] = [];
  #isCrashing = false;

  private constructor(machine: SimulatedMachine, store: Store) {
    this.#machine = machine;
    this.#store = store;
  }

  static async start(): Promise<StubbornClient> {
    const machine = new SimulatedMachine();
    const store = await machine.open();
    await store.createDatabase("app");
    return new StubbornClient(machine, store);
  }

  async take(step: Step): Promise<void> {
    switch (step.type) {
      case "write": {
        const answer = this.#write(step.index);
        this.#pending.push(answer);
        if (step.isAwaited) await answer;
        break;
      }
      case "work":
        if (step.work === "reopen") await this.#reopen();
        else await this.#store[step.work]();
        break;
      case "crash":
        await this.#crash(step);
        break;
    }
  }

  /** Repeats all, and sees that each was done once, at the offset that was always answered. */
  async end(): Promise<void> {
    await this.#reopen();
    const indexes = Array.from({ length: 8 }, (_, index) => index);
    for (const index of indexes) await this.#write(index);
    const offsets = new Map<number, number[]>(indexes.map((index) => [index, []]));
    const changes = this.#store.database("app").changes({ from: logOffset(0), live: false });
    for await (const change of changes) {
      if (change.type !== "put") throw new Error("nothing but puts was written");
      if (change.batchRemaining === 0) offsets.get(Number(change.value))?.push(change.offset);
    }
    deepStrictEqual(
      offsets,
      new Map(indexes.map((index) => [index, [this.#answers.get(index) ?? -1]])),
    );
    equal((await this.#store.verify()).ok, true);
    await this.#store.close();
  }

  /** Single writes and batches, each of keys of its own, so that compaction leaves all. */
  async #write(index: number): Promise<void> {
    const database = this.#store.database("app");
    const idempotencyKey = `write ${index}`;
    try {
      const offset =
        index % 2 === 0
          ? await database.collection("users").put(`k${index}`, index, { idempotencyKey })
          : await database.batch([put(`k${index}`, index), put(`l${index}`, index)], {
              idempotencyKey,
            });
      equal(this.#answers.get(index) ?? offset, offset);
      this.#answers.set(index, offset);
    } catch (error) {
      if (!this.#isCrashing) throw error;
    }
  }

  async #reopen(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    await this.#store.close();
    this.#store = await this.#machine.open();
  }

  /** Goes on until the machine stops, with all writes on their way. */
  async #crash({ operations, taken, seed }: Extract<Step, { type: "crash" }>): Promise<void> {
    this.#isCrashing = true;
    this.#machine.haltAfter(operations, taken);
    for (let index = 0; index < 8; index++) this.#pending.push(this.#write(index));
    await Promise.all(this.#pending.splice(0));
    if (seed === "kill") this.#machine.killProcess();
    else this.#machine.cutPower(randomSurvival(seed));
    this.#store = await this.#machine.open();
    this.#isCrashing = false;
  }
}

test("each is done exactly once, wherever the machine crashes and however often it is repeated", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 25, size: "max" }),
      async (steps) => {
        const client = await StubbornClient.start();
        for (const step of steps) await client.take(step);
        await client.end();
      },
    ),
    { numRuns: 300 },
  );
});
