import type { Operation } from "../operation.ts";

/** What a key is like after some operations. */
interface State {
  readonly value: unknown;
  /** Of the value; null where the key is absent. */
  readonly offset: number | null;
  readonly newest: number;
}

/**
 * Whether an order explains the operations of one key, by trying every order, every choice of the unknown
 * ones, and every offset that these may have had. It shares nothing with the code that it is compared with,
 * and takes forever for more than about eight operations.
 */
export function hasOrder(operations: readonly Operation[]): boolean {
  const told = operations.filter(
    ({ kind, outcome: { type } }) => type !== "failed" && (type !== "unknown" || kind !== "get"),
  );
  // One more than all that anybody mentioned, for each of those that may have had any.
  const offsets = Array.from({ length: Math.max(0, ...told.flatMap(mentioned)) + told.length + 1 });
  const allOffsets = [...offsets.keys()];

  const extend = (left: readonly Operation[], state: State): boolean =>
    left.every(isOptional) ||
    left.some(
      (operation) =>
        left.every((other) => isOptional(other) || other.completedAt > operation.invokedAt) &&
        statesAfter(operation, state, allOffsets).some((next) =>
          extend(
            left.filter((other) => other !== operation),
            next,
          ),
        ),
    );
  return extend(told, { value: undefined, offset: null, newest: -1 });
}

const isOptional = ({ outcome }: Operation): boolean => outcome.type === "unknown";

function mentioned(operation: Operation): readonly number[] {
  const offsets: number[] = [];
  if (operation.kind !== "get") {
    offsets.push(operation.ifOffset ?? 0);
    if (operation.outcome.type === "ok") offsets.push(operation.outcome.offset);
  } else if (operation.outcome.type === "ok") {
    offsets.push(operation.outcome.entry?.offset ?? 0);
  }
  return offsets;
}

/** All states that an operation may lead to from this one, as far as its client knows; none if it cannot be. */
function statesAfter(operation: Operation, state: State, allOffsets: readonly number[]): State[] {
  const { outcome } = operation;
  if (operation.kind === "get") {
    const entry = operation.outcome.type === "ok" ? operation.outcome.entry : undefined;
    const isSame =
      entry === undefined
        ? state.offset === null
        : state.offset === entry.offset && state.value === entry.value;
    return isSame ? [state] : [];
  }
  const { ifOffset } = operation;
  const isMet = ifOffset === undefined || ifOffset === state.offset;
  if (outcome.type === "precondition failed") return isMet ? [] : [state];
  if (outcome.type === "not found") return isMet && state.offset === null ? [state] : [];
  if (!isMet || (operation.kind === "delete" && state.offset === null)) return [];
  const offsets = operation.outcome.type === "ok" ? [operation.outcome.offset] : allOffsets;
  return offsets
    .filter((offset) => offset > state.newest)
    .map((offset) =>
      operation.kind === "put"
        ? { value: operation.value, offset, newest: offset }
        : { value: undefined, offset: null, newest: offset },
    );
}
