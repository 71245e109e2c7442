/**
 * The operations of one key, made ready for the search for an order that explains them.
 *
 * The offsets that clients were told order the writes already, and what nobody saw need not be placed.
 * What is left to search for is where reads come between writes, and which of the writes whose outcome
 * is unknown took effect.
 */
import type { LogOffset } from "@boxerdb/engine";

import type { Entry, Operation, Put } from "./operation.ts";
import { effectiveWrite, type EffectiveWrite } from "./register.ts";

/** An operation that changed nothing, and tells what was there. */
export interface ReadStep {
  readonly type: "read";
  readonly operation: Operation;
  /** The event before which it took effect. */
  readonly deadline: number;
}

/** A write that took effect, as somebody was told its offset: its client, or who read its value. */
export interface WriteStep {
  readonly type: "write";
  readonly operation: EffectiveWrite;
  /** As of a read; Infinity where its own client was not told. */
  readonly deadline: number;
  /** It comes after the writes with lower offsets. */
  readonly offset: LogOffset;
}

/** What must have its place in the order. */
export type Step = ReadStep | WriteStep;

/**
 * Writes that may have taken effect, each at any time after its invocation, and whose values nobody has
 * read. All of a queue are of one kind and have the same condition, so they differ in nothing but the
 * time from which on they are possible: it will do to take the one that was invoked first.
 */
export interface PossibleWrites {
  readonly ifOffset: LogOffset | null | undefined;
  /** By the time of invocation. */
  readonly queue: readonly EffectiveWrite[];
}

export interface KeyHistory {
  /** By the time of invocation. */
  readonly steps: readonly Step[];
  /** The offsets of the writes among them, ascending. */
  readonly offsets: readonly LogOffset[];
  readonly possibleWrites: readonly PossibleWrites[];
  /** The offsets that writes asked for and that no certain write has: those of possible ones, or of none. */
  readonly guessedOffsets: readonly LogOffset[];
}

/** Throws where a value was put twice: a read would not tell then which of the writes it saw. */
export function keyHistory(operations: readonly Operation[]): KeyHistory {
  assertUniqueValues(operations);
  const sightings = sightingsOf(operations);
  const steps: Step[] = [];
  const untold: EffectiveWrite[] = [];
  for (const operation of operations.toSorted(byInvocation)) {
    const write = effectiveWrite(operation);
    if (write === undefined) {
      steps.push({ type: "read", operation, deadline: operation.completedAt });
      continue;
    }
    const step = writeStep(write, sightings);
    if (step === undefined) untold.push(write);
    else steps.push(step);
  }

  const offsets = ascending(steps.flatMap((step) => (step.type === "write" ? step.offset : [])));
  const known = new Set(offsets);
  const asked = new Set(operations.map(ifOffsetOf).filter(isOffset));
  const guessedOffsets = ascending([...asked.difference(known)]);
  const traces = tracesOf(operations, new Set(guessedOffsets));
  const possible = untold.filter(({ kind, invokedAt }) => invokedAt < traces[kind]);
  const queues = Map.groupBy(possible, ({ kind, ifOffset }) => `${kind} ${ifOffset}`);
  const possibleWrites = [...queues.values()].map((queue) => ({
    ifOffset: queue[0]?.ifOffset,
    queue,
  }));
  return { steps, offsets, possibleWrites, guessedOffsets };
}

const ascending = (offsets: readonly LogOffset[]): readonly LogOffset[] =>
  offsets.toSorted((left, right) => left - right);

const byInvocation = (left: Operation, right: Operation): number =>
  left.invokedAt - right.invokedAt;

const ifOffsetOf = (operation: Operation): LogOffset | null | undefined =>
  operation.kind === "get" ? undefined : operation.ifOffset;

const isOffset = (ifOffset: LogOffset | null | undefined): ifOffset is LogOffset =>
  ifOffset !== undefined && ifOffset !== null;

function assertUniqueValues(operations: readonly Operation[]): void {
  const values = new Set<Put["value"]>();
  for (const operation of operations) {
    if (operation.kind !== "put") continue;
    const { key, value } = operation;
    if (values.has(value)) throw new Error(`assertion failed: ${value} is put to ${key} once`);
    values.add(value);
  }
}

/** That somebody read an entry, and when this was over. */
interface Sighting {
  readonly entry: Entry;
  readonly completedAt: number;
}

type Sightings = ReadonlyMap<Entry["value"], readonly Sighting[]>;

function sightingsOf(operations: readonly Operation[]): Sightings {
  const all = operations.flatMap(({ kind, outcome, completedAt }): readonly Sighting[] =>
    kind === "get" && outcome.type === "ok" && outcome.entry !== undefined
      ? [{ entry: outcome.entry, completedAt }]
      : [],
  );
  return Map.groupBy(all, ({ entry }) => entry.value);
}

/**
 * A write whose outcome is unknown took effect after all if its value was read, and at the offset that
 * the reader saw. Undefined for what may have had none.
 */
function writeStep(write: EffectiveWrite, sightings: Sightings): WriteStep | undefined {
  const { outcome, invokedAt, completedAt } = write;
  if (outcome.type === "ok") {
    return { type: "write", operation: write, deadline: completedAt, offset: outcome.offset };
  }
  if (write.kind === "delete") return undefined;
  // Who read it before it was invoked fits nowhere, and says nothing about it.
  const sighting = sightings.get(write.value)?.find(({ completedAt }) => completedAt > invokedAt);
  if (sighting === undefined) return undefined;
  return { type: "write", operation: write, deadline: Infinity, offset: sighting.entry.offset };
}

/**
 * Until when anybody may have noticed a possible write. One that was invoked later can be left out
 * without loss.
 *
 * Take an order that explains a history, and a possible write in it that nobody notices; leave it out.
 * Up to the next write its key is then in the state of before. A read in between of what a key held
 * would have been a sighting of the possible write itself, which there is none of; so a possible put is
 * only noticed by who found the key present, or not at the offset that it was at before: an
 * acknowledged delete, a condition that failed, a condition on an offset that no certain write has. A
 * delete is noticed by who found the key absent, or not at its offset. The next write leaves its own
 * state in any case; if it was itself only a possible delete of what the possible put wrote, then it is
 * left out as well, and both states are absent.
 */
function tracesOf(
  operations: readonly Operation[],
  guessedOffsets: ReadonlySet<LogOffset>,
): Readonly<Record<EffectiveWrite["kind"], number>> {
  const last = (notices: (operation: Operation) => boolean): number =>
    operations
      .filter(notices)
      .reduce(
        (event, { outcome, completedAt }) =>
          Math.max(event, outcome.type === "unknown" ? Infinity : completedAt),
        -Infinity,
      );
  return {
    put: last((operation) => {
      const ifOffset = ifOffsetOf(operation);
      return (
        operation.outcome.type === "precondition failed" ||
        (operation.kind === "delete" && operation.outcome.type === "ok") ||
        (isOffset(ifOffset) && guessedOffsets.has(ifOffset))
      );
    }),
    delete: last(
      (operation) =>
        operation.outcome.type === "precondition failed" ||
        operation.outcome.type === "not found" ||
        ifOffsetOf(operation) === null ||
        (operation.kind === "get" &&
          operation.outcome.type === "ok" &&
          operation.outcome.entry === undefined),
    ),
  };
}
