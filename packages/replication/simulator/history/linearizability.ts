/**
 * Whether all that clients saw of a store could have come of one copy of it, on which each operation
 * took effect at one instant between its invocation and its completion (Herlihy and Wing, 1990).
 */
import { keyHistory } from "./key-history.ts";
import { entryText, operationLines } from "./operation-text.ts";
import type { Operation } from "./operation.ts";
import { OrderSearch, type PartialOrder } from "./order-search.ts";

export type Linearizability =
  | { readonly isLinearizable: true }
  | {
      readonly isLinearizable: false;
      /** The key whose operations no order explains. */
      readonly key: string;
      /** The longest beginning of an order that was found. */
      readonly prefix: readonly Operation[];
      /** Of which one would have to come after it, and none fits. */
      readonly misfits: readonly Operation[];
      /** All that as text. */
      readonly lines: readonly string[];
    };

/**
 * Checks a history, whose keys are absent at first. Each key is judged by itself: a history is
 * linearizable if and only if it is for each of its keys. Offsets are part of what was seen, so that
 * writes of a key must have taken effect in the order of their offsets. A write whose outcome is unknown
 * may take effect at any time after its invocation, or never.
 *
 * The values put to a key must be all different; throws where they are not.
 */
export function checkLinearizability(operations: Iterable<Operation>): Linearizability {
  for (const [key, ofKey] of Map.groupBy(operations, ({ key }) => key)) {
    const partial = new OrderSearch(keyHistory(ofKey)).run();
    if (partial !== undefined) {
      const { placed: prefix, misfits } = partial;
      return { isLinearizable: false, key, prefix, misfits, lines: explanation(key, partial) };
    }
  }
  return { isLinearizable: true };
}

function explanation(key: string, partial: PartialOrder): readonly string[] {
  const { placed, state, misfits, later } = partial;
  const lines = operationLines([...placed, ...misfits]);
  return [
    `key ${key} is not linearizable: no order of its operations explains what clients were told`,
    ...(placed.length === 0 ? [] : ["these fit, in this order:"]),
    ...lines.slice(0, placed.length),
    `${placed.length === 0 ? "at first" : "then"} it is ${entryText(state.entry)}, and ` +
      (misfits.length === 1
        ? "this must be next, but does not fit:"
        : "one of these must be next, but none fits:"),
    ...lines.slice(placed.length),
    ...(later === 0 ? [] : [`${later} more began only after one of these had ended`]),
  ];
}
