/**
 * A checkpoint brings back what reading the whole log would: the index, and all that is counted of the
 * segments. Whatever comes between it and the next open: writes, compaction, other checkpoints, a crash.
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";

import type {
  BatchOperation,
  MemoryFileSystem,
  Store,
  StoreOptions,
  TimestampMs,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { test } from "vitest";

import { indexStateOf, openDatabase, type IndexState } from "./index-state.ts";
import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

const checkpointsOf = (disk: MemoryFileSystem): string[] =>
  disk.fileNames().filter((path) => path.endsWith(".checkpoint"));

const refusals = (machine: SimulatedMachine): readonly unknown[] =>
  machine.events.filter(({ type }) => type === "checkpoint-refused");

/** What the store on a copy of a disk knows of database "one" when it is opened. */
async function stateWhenOpened(disk: MemoryFileSystem, options: StoreOptions): Promise<IndexState> {
  const machine = new SimulatedMachine(disk.clone());
  const store = await machine.open(options);
  deepStrictEqual(refusals(machine), []);
  const database = openDatabase(store, "one");
  // What replicas have in common is told by the leader, and need not be in the log yet.
  database.advanceHighWatermark(database.log.endOffset);
  // Every entry leads to its record.
  await contentsOf(store);
  return indexStateOf(store, "one");
}

/** Sees that opening with the checkpoint on a disk comes to the same as opening without. */
async function expectSameWithout(disk: MemoryFileSystem, options: StoreOptions): Promise<void> {
  const without = disk.clone();
  for (const path of checkpointsOf(disk)) await without.remove(path);
  deepStrictEqual(await stateWhenOpened(disk, options), await stateWhenOpened(without, options));
}

const collections = ["c", "d"];
const keys = ["a", "b", "c", "d", "e", "f"];

/** What may be done in any order. */
type Step = "write" | "delete" | "compact" | "checkpoint" | "reopen" | "kill";

/** A database on which steps are taken; the writes are the same in every run. */
class Run {
  readonly machine = new SimulatedMachine();
  readonly #options: StoreOptions;
  #store = this.machine.open();
  #writes = 0;

  constructor(options: StoreOptions = {}) {
    this.#options = options;
  }

  async take(step: Step): Promise<void> {
    const store = await this.#store;
    const collection = store.database("one").collection("c");
    switch (step) {
      case "write":
        for (let count = 0; count < 5; count++) {
          const number = this.#writes++;
          const key = keys[(number * 5 + (number >> 3)) % keys.length] ?? "";
          await collection.put(key, key.repeat(500 + ((number * 397) % 900)));
        }
        break;
      case "delete":
        await collection.delete(keys[this.#writes++ % keys.length] ?? "");
        break;
      case "compact":
        await store.compact();
        break;
      case "checkpoint":
        await store.checkpoint();
        break;
      case "reopen":
        await store.close();
        this.#store = this.machine.open(this.#options);
        break;
      case "kill":
        this.machine.killProcess();
        this.#store = this.machine.open(this.#options);
        break;
    }
    await this.#store;
  }

  async fill(): Promise<void> {
    const store = await this.#store;
    await store.createDatabase("one");
    for (const step of ["write", "write", "delete", "write"] as const) await this.take(step);
  }
}

test("in every order of writes, deletions, compactions, checkpoints and ends", async () => {
  const steps: readonly Step[] = ["write", "delete", "compact", "checkpoint", "kill"];
  const orders: Step[][] = [[]];
  for (let length = 0; length < 4; length++) {
    orders.push(
      ...orders
        .filter((order) => order.length === length)
        .flatMap((order) => steps.map((step) => [...order, step])),
    );
  }
  let used = 0;
  for (const order of orders.filter((one) => one.length === 4 && one.includes("checkpoint"))) {
    const run = new Run();
    await run.fill();
    for (const step of ["checkpoint", ...order] as const) await run.take(step);
    used += checkpointsOf(run.machine.disk).length;
    await expectSameWithout(run.machine.disk, {});
  }
  ok(used > 0);
});

const operation: fc.Arbitrary<BatchOperation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      {
        op: fc.constant("put" as const),
        collection: fc.constantFrom(...collections),
        key: fc.constantFrom(...keys),
        value: fc.integer({ min: 1, max: 900 }).map((length) => "x".repeat(length)),
        expires: fc.constant(1_800_000_000_000 as TimestampMs),
      },
      { requiredKeys: ["op", "collection", "key", "value"] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant("delete" as const),
      collection: fc.constantFrom(...collections),
      key: fc.constantFrom(...keys),
    }),
  },
);

type RandomStep =
  /** Written at once, so that they come to stand in one group. */
  | { readonly type: "batches"; readonly batches: readonly (readonly BatchOperation[])[] }
  | { readonly type: "compact" | "checkpoint" | "reopen" | "kill"; readonly settle: boolean }
  /** Commits about this share of what is not committed yet. */
  | { readonly type: "commit"; readonly share: number };

const settle = fc.boolean();
const randomStep: fc.Arbitrary<RandomStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("batches" as const),
      batches: fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("compact" as const), settle }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("checkpoint" as const), settle }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("commit" as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen" as const), settle }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("kill" as const), settle }) },
);

const numRuns = Number(process.env["BOXERDB_CHECKPOINT_RUNS"] ?? 300);

for (const commit of ["synced", "replicated"] as const) {
  test(`after random work, where records are committed when they are ${commit}`, async () => {
    const options = { commit, checkpoint: "background" } as const;
    let used = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 }), { maxLength: 20 }),
        fc.array(randomStep, { minLength: 1, maxLength: 60, size: "max" }),
        async (turns, steps) => {
          const machine = new SimulatedMachine();
          // As everywhere, so that a database can be made.
          await (await machine.open()).createDatabase("one");
          machine.killProcess();
          let operations = 0;
          machine.turnsOfNext = () => turns[operations++ % turns.length] ?? 0;
          let store = await machine.open(options);
          let epoch = 2;
          const lead = async (): Promise<void> => {
            if (commit === "synced") return;
            await openDatabase(store, "one").beginEpoch(epoch++ as never);
          };
          await lead();
          for (const step of steps) {
            const database = openDatabase(store, "one");
            const { log } = database;
            if (step.type === "batches") {
              const records = step.batches.flat().length;
              const end = log.acceptedOffset + records;
              for (const operations of step.batches) {
                store
                  .database("one")
                  .batch(operations)
                  .catch(() => {}); // May never be committed.
              }
              while (log.acceptedOffset < end) await new Promise(setImmediate);
            } else if (step.type === "commit") {
              const left = log.acceptedOffset - database.highWatermark;
              const offset = database.highWatermark + Math.ceil(left * step.share);
              database.advanceHighWatermark(offset as never);
            } else if (step.type === "compact" || step.type === "checkpoint") {
              const work = store[step.type]().catch(() => {}); // It may be interrupted.
              if (step.settle) await work;
            } else {
              if (step.type === "kill") machine.killProcess();
              else await store.close();
              used += checkpointsOf(machine.disk).length;
              await expectSameWithout(machine.disk, { ...options, checkpoint: "manual" });
              store = await machine.open(options);
              await lead();
            }
          }
          machine.killProcess();
          await expectSameWithout(machine.disk, { ...options, checkpoint: "manual" });
        },
      ),
      { numRuns },
    );
    ok(used > 0);
  });
}

/** Segments of some megabytes, which are read in several steps, so that work can come between these. */
const largeSegments = { segmentBytes: 8 << 20 };
const largeValue = (key: string): string => key.repeat(300_000);

/** A database with a large segment that is worth compacting: of "a" to "h", all but "d" are current. */
async function openWorthCompacting(machine: SimulatedMachine): Promise<Store> {
  const store = await machine.open(largeSegments);
  await store.createDatabase("one");
  const collection = store.database("one").collection("c");
  for (const key of "dddddddddddddabcdefgh") await collection.put(key, largeValue(key));
  for (const key of "ijklmnopqrst") await collection.put(key, largeValue(key));
  await collection.put("d", "newer");
  return store;
}

/** Calls back once, when a file is read whose name matches, for the `count`th time. */
function atRead(machine: SimulatedMachine, name: RegExp, count: number, then: () => void): void {
  let left = count;
  machine.injector = ({ kind, path, bytes = 0 }) => {
    if (kind !== "read" || bytes < 1_000 || !name.test(path) || --left !== 0) return undefined;
    then();
    return undefined;
  };
}

test("a checkpoint that is taken while compaction moves the index is used", async () => {
  for (let count = 1; count <= 3; count++) {
    const machine = new SimulatedMachine();
    const store = await openWorthCompacting(machine);
    let checkpoint: Promise<void> | undefined;
    atRead(machine, /-\d+\.log$/, count, () => {
      checkpoint = store.checkpoint();
    });
    await store.compact();
    ok(checkpoint !== undefined);
    await checkpoint;
    equal(checkpointsOf(machine.disk).length, 1);
    machine.killProcess();
    await expectSameWithout(machine.disk, largeSegments);
  }
});

test("a value that compaction had kept before it was replaced does not come back", async () => {
  const machine = new SimulatedMachine();
  const store = await openWorthCompacting(machine);
  const collection = store.database("one").collection("c");
  let checkpoint: Promise<void> | undefined;
  // When "a" has been taken over into what is to replace the first segment, and "h" has not.
  atRead(machine, /0{20}\.log$/, 7, () => {
    checkpoint = Promise.all([collection.put("a", "newer"), collection.delete("b")]).then(() =>
      store.checkpoint(),
    );
  });
  await store.compact();
  ok(checkpoint !== undefined);
  await checkpoint;
  machine.killProcess();
  await expectSameWithout(machine.disk, largeSegments);
  const again = await machine.open(largeSegments);
  equal(again.database("one").collection("c").getSync("a"), "newer");
  equal(again.database("one").collection("c").getSync("b"), undefined);
});
