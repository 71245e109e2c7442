/**
 * The checker against stores that work, and against a second checker that tries everything.
 * BOXERDB_HISTORY_RUNS sets how many histories of one key there are.
 */
import { logOffset, type LogOffset } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { checkLinearizability } from "../linearizability.ts";
import type { Get, Operation, Put } from "../operation.ts";

import { hasOrder } from "./every-order.ts";
import { executions } from "./execution.ts";

const numRuns = Number(process.env["BOXERDB_HISTORY_RUNS"] ?? 10_000);

const isLinearizable = (operations: readonly Operation[]): boolean =>
  checkLinearizability(operations).isLinearizable;

/** Something untrue in a history: what becomes of one operation, with what is taken from another. */
interface Lie {
  readonly type:
    | "reads"
    | "finds nothing"
    | "is told as"
    | "happens when"
    | "gets offset"
    | "fails";
  readonly victim: number;
  readonly other: number;
  readonly offset: number;
}

const lie: fc.Arbitrary<Lie> = fc.record({
  type: fc.constantFrom(
    "reads",
    "finds nothing",
    "is told as",
    "happens when",
    "gets offset",
    "fails",
  ),
  victim: fc.nat({ max: 99 }),
  other: fc.nat({ max: 99 }),
  offset: fc.nat({ max: 9 }),
});

function told(operations: readonly Operation[], lie: Lie): readonly Operation[] {
  const victim = operations[lie.victim % operations.length];
  const other = operations[lie.other % operations.length];
  if (victim === undefined || other === undefined) return operations;
  const changed = operations.map((operation) =>
    operation === victim ? damaged(victim, other, lie) : operation,
  );
  if (lie.type !== "happens when") return changed;
  const { invokedAt, completedAt } = victim;
  return changed.map((operation) =>
    operation === other ? { ...other, invokedAt, completedAt } : operation,
  );
}

function damaged(victim: Operation, other: Operation, lie: Lie): Operation {
  const offset = logOffset(lie.offset);
  switch (lie.type) {
    case "reads": {
      if (victim.kind !== "get" || other.kind !== "put") return victim;
      return readOf(victim, other, offset);
    }
    case "finds nothing":
      if (victim.kind === "get") return { ...victim, outcome: { type: "ok", entry: undefined } };
      return victim.kind === "delete" ? { ...victim, outcome: { type: "not found" } } : victim;
    case "is told as":
      if (victim.kind === "get")
        return other.kind === "get" ? { ...victim, outcome: other.outcome } : victim;
      if (other.kind === "put") return { ...victim, outcome: other.outcome };
      return victim.kind === "delete" && other.kind === "delete"
        ? { ...victim, outcome: other.outcome }
        : victim;
    case "happens when":
      return { ...victim, invokedAt: other.invokedAt, completedAt: other.completedAt };
    case "gets offset":
      return victim.kind === "get" ? victim : { ...victim, outcome: { type: "ok", offset } };
    case "fails":
      if (victim.kind === "get") return victim;
      return { ...victim, ifOffset: offset, outcome: { type: "precondition failed" } };
  }
}

/** The get if it had read what the put wrote; at an offset of our own where the put was not told its own. */
function readOf(get: Get, { value, outcome }: Put, otherwise: LogOffset): Get {
  const offset = outcome.type === "ok" ? outcome.offset : otherwise;
  return { ...get, outcome: { type: "ok", entry: { value, offset } } };
}

/** For long histories, which would take long to shrink; the short ones find the same mistakes. */
const unshrunk = (numRuns: number): fc.Parameters<unknown> => ({ numRuns, endOnFailure: true });

describe("a store that works", () => {
  test("is linearizable, whatever happens at the same time and whatever nobody is told", () => {
    const limits = { operations: [1_000, 1_000], clients: 10, keys: 30 } as const;
    fc.assert(
      fc.property(executions(limits), (operations) => {
        expect(checkLinearizability(operations)).toEqual({ isLinearizable: true });
      }),
      unshrunk(20),
    );
  });

  test("is linearizable also where all work on one key", () => {
    const limits = { operations: [300, 300], clients: 20, keys: 1 } as const;
    fc.assert(
      fc.property(executions(limits), (operations) => {
        expect(checkLinearizability(operations)).toEqual({ isLinearizable: true });
      }),
      unshrunk(20),
    );
  });
});

describe("one read among a thousand operations that cannot be is found", () => {
  const limits = { operations: [1_000, 1_000], clients: 10, keys: 30 } as const;

  /** Whether a get cannot have read what a put wrote, as others show. */
  type Untruth = (get: Operation, put: Put, others: readonly Operation[]) => boolean;

  test.each<readonly [string, Untruth]>([
    [
      "as the value was replaced before",
      (get, { outcome }, others) =>
        outcome.type === "ok" &&
        others.some(
          (other) =>
            other.kind !== "get" &&
            other.outcome.type === "ok" &&
            other.outcome.offset > outcome.offset &&
            other.completedAt < get.invokedAt,
        ),
    ],
    ["as the value was written afterwards", (get, put) => put.invokedAt > get.completedAt],
    ["as the write had failed", (_, put) => put.outcome.type === "failed"],
  ])("%s", (_, isUntrue) => {
    fc.assert(
      fc.property(executions(limits), fc.nat(), (operations, choice) => {
        const lies = [...Map.groupBy(operations, ({ key }) => key).values()].flatMap((ofKey) =>
          ofKey.flatMap((get) =>
            get.kind !== "get" || get.outcome.type !== "ok"
              ? []
              : ofKey.flatMap((put) =>
                  put.kind === "put" && isUntrue(get, put, ofKey) ? [[get, put] as const] : [],
                ),
          ),
        );
        const [get, put] = lies[choice % lies.length] ?? [];
        if (get === undefined || put === undefined) throw new Error("nothing to lie about");
        const read = readOf(get, put, logOffset(999_999));
        const history = operations.map((operation) => (operation === get ? read : operation));
        expect(checkLinearizability(history)).toMatchObject({
          isLinearizable: false,
          key: get.key,
        });
      }),
      unshrunk(15),
    );
  });
});

test("histories of one key are judged as by trying every order", () => {
  const verdicts = { linearizable: 0, not: 0 };
  const limits = { operations: [2, 7], clients: 4, keys: 1 } as const;
  fc.assert(
    fc.property(executions(limits), fc.array(lie, { maxLength: 5 }), (operations, lies) => {
      const history = lies.reduce(told, operations);
      const isExplained = hasOrder(history);
      verdicts[isExplained ? "linearizable" : "not"]++;
      expect(isLinearizable(history)).toBe(isExplained);
    }),
    { numRuns },
  );
  expect(Math.min(verdicts.linearizable, verdicts.not)).toBeGreaterThan(numRuns / 10);
});
