/** One key, as it behaves if operations come one after the other: what a history is compared with. */
import type { LogOffset } from "@boxerdb/engine";

import type { Delete, Entry, Operation, Put } from "./operation.ts";

/** The state of a key. */
export interface RegisterState {
  /** What it holds; undefined where it is absent. */
  readonly entry: Entry | undefined;
  // Invariant: entry?.offset ≤ newest; the next write has a greater offset.
  /** The offset of the newest write, deletions too; -1 before the first. */
  readonly newest: number;
}

export const emptyRegister: RegisterState = { entry: undefined, newest: -1 };

/** A write that has, or may have, changed its key. */
export type EffectiveWrite = Put | Delete;

/** Whether an operation has changed its key, or may have; undefined where it has not. */
export const effectiveWrite = (operation: Operation): EffectiveWrite | undefined =>
  operation.kind !== "get" &&
  (operation.outcome.type === "ok" || operation.outcome.type === "unknown")
    ? operation
    : undefined;

/**
 * Whether an operation that takes effect in this state has the outcome that its client was told. Of a
 * write whose outcome is unknown: whether it changes anything.
 */
export function fits(operation: Operation, state: RegisterState): boolean {
  const { entry } = state;
  if (operation.kind === "get") {
    const { outcome } = operation;
    if (outcome.type !== "ok") return true;
    return outcome.entry?.offset === entry?.offset && outcome.entry?.value === entry?.value;
  }
  switch (operation.outcome.type) {
    case "ok":
    case "unknown":
      return holds(operation.ifOffset, entry) && (operation.kind === "put" || entry !== undefined);
    case "not found":
      return holds(operation.ifOffset, entry) && entry === undefined;
    case "precondition failed":
      return !holds(operation.ifOffset, entry);
    case "failed":
      return true;
  }
}

/** The state after a write that fits, and has this offset. */
export const written = (write: EffectiveWrite, offset: LogOffset): RegisterState => ({
  entry: write.kind === "put" ? { value: write.value, offset } : undefined,
  newest: offset,
});

const holds = (ifOffset: LogOffset | null | undefined, entry: Entry | undefined): boolean =>
  ifOffset === undefined || ifOffset === (entry?.offset ?? null);
