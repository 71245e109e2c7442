import type { BatchOperation, Durability, RangeOptions, Storable } from "@boxerdb/engine";
import * as fc from "fast-check";

/** What a write asks for, where it has a condition. */
export type Condition = "as it is" | "absent" | "stale";

/** One step of a random run; `database` is an index. */
export type Step =
  | {
      readonly type: "write";
      readonly database: number;
      readonly operations: readonly BatchOperation[];
      /** By which the first operation's key is checked. */
      readonly condition: Condition | undefined;
      readonly durability: Durability | undefined;
      /** How long its values live; undefined for ever. */
      readonly ttlMs: number | undefined;
      /** Through `batch` even if it is a single operation. */
      readonly asBatch: boolean;
      /** Whether to wait for the answer before the next step. */
      readonly settle: boolean;
    }
  | { readonly type: "read"; readonly database: number; readonly collection: string }
  | {
      readonly type: "list";
      readonly database: number;
      readonly collection: string;
      readonly range: RangeOptions;
    }
  /** Takes a snapshot, and begins to iterate over it and over the database. */
  | { readonly type: "snapshot"; readonly database: number }
  | { readonly type: "read snapshot"; readonly close: boolean }
  | { readonly type: "compact"; readonly settle: boolean }
  | { readonly type: "checkpoint"; readonly settle: boolean }
  | { readonly type: "drop"; readonly database: number }
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "reopen" }
  | {
      readonly type: "crash";
      /** After so many more operations on files. */
      readonly operations: number;
      /** How much of the write is taken in which it comes. */
      readonly taken: number;
      /** The seed of what survives a power cut; undefined where only the process is killed. */
      readonly survival: number | undefined;
      /** Whether the store was being closed. */
      readonly closing: boolean;
      /** Crashes of the same kind while it is opened again, each after so many operations. */
      readonly reopening: readonly number[];
    };

// Ordered by UTF-16 code units, the last three would come in another order.
const keys = ["a", "ab", "abc", "b", "b\u0000", "é", "éa", "\uffee", "😀", "😀z"];
const key = fc.constantFrom(...keys);
const bound = fc.oneof(key, fc.constantFrom("", "aa", "\ud7ff", "~"));
const database = fc.nat({ max: 1 });
const collection = fc.constantFrom("users", "Users");

// As JSON has it: minus zero is written 0.
const fromJson = (text: string): Storable => JSON.parse(JSON.stringify(JSON.parse(text)));

const value: fc.Arbitrary<Storable> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }) },
  // Large enough for segments to roll, and now and then larger than one.
  { weight: 4, arbitrary: fc.integer({ min: 100, max: 900 }).map((length) => "x".repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom("y".repeat(4060), "z".repeat(5000)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }).map((text) => fromJson(text)) },
);

const operation: fc.Arbitrary<BatchOperation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("put" as const), collection, key, value }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("delete" as const), collection, key }) },
);

const range: fc.Arbitrary<RangeOptions> = fc.record(
  {
    prefix: bound,
    gt: bound,
    gte: bound,
    lt: bound,
    lte: bound,
    reverse: fc.boolean(),
    limit: fc.nat({ max: 6 }),
  },
  { requiredKeys: [] },
);

const oneInFour = fc.nat({ max: 3 }).map((number) => number === 0);

const write: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("write" as const),
  database,
  operations: fc.oneof(
    { weight: 3, arbitrary: fc.array(operation, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(operation, { minLength: 1, maxLength: 5 }) },
  ),
  condition: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<Condition>("as it is", "absent", "stale") },
  ),
  durability: fc.constantFrom<(Durability | undefined)[]>(undefined, "disk", "os"),
  ttlMs: fc.option(fc.constantFrom(5, 1_000), { nil: undefined, freq: 8 }),
  asBatch: fc.boolean(),
  settle: oneInFour,
});

const crash: fc.Arbitrary<Step> = fc.record({
  type: fc.constant("crash" as const),
  operations: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 20 })),
  taken: fc.constantFrom(0, 0.3, 0.9, 1),
  survival: fc.option(fc.integer(), { nil: undefined, freq: 4 }),
  closing: fc.boolean(),
  reopening: fc.array(fc.nat({ max: 8 }), { maxLength: 2 }),
});

/** Any step, the more important ones more often. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: write },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("read" as const), database, collection }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("list" as const), database, collection, range }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("snapshot" as const), database }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("read snapshot" as const), close: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("compact" as const), settle: oneInFour }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("checkpoint" as const), settle: oneInFour }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("drop" as const), database }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(10, 1_500) }),
  },
  { weight: 2, arbitrary: fc.constant({ type: "reopen" } as const) },
  { weight: 4, arbitrary: crash },
);
