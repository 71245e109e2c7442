/**
 * Copies of a database that are built from nothing but its change feed, by readers of different speeds
 * that leave and come back, while it is written, compacted and reopened. In the end each equals the
 * database, and what each was shown is the history of writes: in order, once, and with nothing left out
 * but what a newer record had replaced.
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";

import {
  ClosedError,
  logOffset,
  type Change,
  type ChangeFeed,
  type Database,
  type Storable,
  type Store,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { test } from "vitest";

import { SimulatedMachine } from "./simulated-machine.ts";

const readers = 3;

type Step =
  | { readonly type: "write"; readonly keys: readonly (readonly [number, number])[] }
  | { readonly type: "read"; readonly reader: number; readonly count: number }
  | { readonly type: "come back"; readonly reader: number }
  | { readonly type: "compact" | "compact meanwhile" | "reopen" };

const reader = fc.nat({ max: readers - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      // A key, and the length of its value: 0 to delete it.
      keys: fc.array(
        fc.tuple(fc.nat({ max: 7 }), fc.oneof(fc.constant(0), fc.nat({ max: 1_500 }))),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      reader,
      count: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 40 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("come back" as const), reader }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("compact" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("compact meanwhile" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("reopen" as const) }) },
);

/** A record that was written, by its offset; undefined for the one that begins the epoch. */
interface Written {
  readonly key: string;
  readonly value: Storable | undefined;
  readonly batchRemaining: number;
}

/** Somebody who builds a copy. */
class Reader {
  readonly #history: readonly (Written | undefined)[];
  #database: Database;
  #feed: ChangeFeed;
  /** What it was told last of each key, deletions too. */
  readonly #copy = new Map<string, { value: Storable | undefined; offset: number }>();
  #lastOffset = -1;
  notices = 0;

  constructor(database: Database, history: readonly (Written | undefined)[]) {
    this.#history = history;
    this.#database = database;
    this.#feed = this.#open(0);
  }

  /** Takes so many changes, or as many as there are. */
  async read(count: number): Promise<void> {
    const end = this.#database.status()?.highWatermark ?? 0;
    for (let taken = 0; taken < count && this.#feed.position < end;) {
      const step = await this.#feed.next();
      if (step.done === true) {
        await this.comeBack();
      } else {
        await this.#take(step.value);
        taken++;
      }
    }
  }

  /** Leaves, and goes on by another feed from the position of this one. */
  async comeBack(): Promise<void> {
    const { position } = this.#feed;
    await this.#feed.return();
    this.#feed = this.#open(position);
  }

  /** Sees its feed end with the store, and goes on over the store that was opened after it. */
  async move(database: Database): Promise<void> {
    const { position } = this.#feed;
    try {
      equal((await this.#feed.next()).done, true);
    } catch (error) {
      if (!(error instanceof ClosedError)) throw error;
    }
    equal(this.#feed.position, position);
    this.#database = database;
    this.#feed = this.#open(position);
  }

  /** What is there by what it was told, in the order of keys. */
  get contents(): (readonly [string, Storable])[] {
    return [...this.#copy]
      .flatMap(([key, { value }]) => (value === undefined ? [] : ([[key, value]] as const)))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  #open(from: number): ChangeFeed {
    return this.#database.changes({ from: logOffset(from), live: false });
  }

  async #take(change: Change): Promise<void> {
    if (change.type === "purged") {
      this.notices++;
      equal(change.from, this.#feed.position);
      ok(change.purgeFloor > change.from);
      await this.#feed.return();
      this.#copy.clear();
      this.#lastOffset = -1;
      this.#feed = this.#open(0);
      return;
    }
    const { collection, key, offset, batchRemaining } = change;
    const value = change.type === "put" ? change.value : undefined;
    deepStrictEqual({ key, value, batchRemaining }, this.#history[offset]);
    equal(collection, "c");
    ok(offset > this.#lastOffset, `offset ${offset} comes after ${this.#lastOffset}`);
    equal(this.#feed.position, offset + 1);
    this.#lastOffset = offset;
    this.#copy.set(key, { value, offset });
  }
}

/** Takes the steps; how often compaction overtook a reader. */
async function run(steps: readonly Step[], turns: readonly number[]): Promise<number> {
  const machine = new SimulatedMachine();
  let operations = 0;
  machine.turnsOfNext = () => turns[operations++ % turns.length] ?? 0;
  let store: Store = await machine.open();
  await store.createDatabase("app");
  const history: (Written | undefined)[] = [undefined];
  const everyone = Array.from(
    { length: readers },
    () => new Reader(store.database("app"), history),
  );
  let compaction: Promise<unknown> = Promise.resolve();
  for (const step of steps) {
    switch (step.type) {
      case "write":
        await write(store.database("app"), history, step.keys);
        break;
      case "read":
        await everyone[step.reader]?.read(step.count);
        break;
      case "come back":
        await everyone[step.reader]?.comeBack();
        break;
      case "compact":
        await store.compact();
        break;
      case "compact meanwhile":
        compaction = Promise.all([compaction, store.compact()]);
        break;
      case "reopen":
        await compaction;
        await store.close();
        store = await machine.open();
        for (const one of everyone) await one.move(store.database("app"));
        break;
    }
  }
  await compaction;
  const expected = await Array.fromAsync(store.database("app").collection("c").entries());
  for (const one of everyone) {
    await one.read(Infinity);
    deepStrictEqual(one.contents, expected);
  }
  await store.close();
  return everyone.reduce((sum, { notices }) => sum + notices, 0);
}

async function write(
  app: Database,
  history: (Written | undefined)[],
  keys: readonly (readonly [number, number])[],
): Promise<void> {
  const operations = keys.map(([number, length], index) => {
    const key = `key ${number}`;
    const value = length === 0 ? undefined : `${history.length + index} ${"x".repeat(length)}`;
    return { key, value };
  });
  for (const [index, { key, value }] of operations.entries()) {
    history.push({ key, value, batchRemaining: operations.length - 1 - index });
  }
  await app.batch(
    operations.map(({ key, value }) =>
      value === undefined
        ? { op: "delete", collection: "c", key }
        : { op: "put", collection: "c", key, value },
    ),
  );
}

test("a copy that is built from the feed equals the database", async () => {
  let notices = 0;
  const turns = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 8 });
  const steps = fc.array(step, { maxLength: 80, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, turns, async (steps, turns) => {
      notices += await run(steps, turns);
    }),
    { numRuns: 200 },
  );
  ok(notices > 0, "no reader was overtaken by compaction, so the steps do not try that");
});
