import type { BatchOperation, Storable } from "@boxerdb/engine";

/** The collection that all writers share. */
export const writersCollection = "documents";

const keysOfWriter = 20;

/**
 * What a writer does in its `step`th step, from 1 on. A function of these two alone, so that whoever
 * knows how far a writer came knows what the store holds.
 */
export function operationsOf(writer: number, step: number): readonly BatchOperation[] {
  const collection = writersCollection;
  const key = `${writer}/${step % keysOfWriter}`;
  const value: Storable = { writer, step, text: "·".repeat((step * 37) % 400) };
  if (step % 11 === 0) return [{ op: "delete", collection, key }];
  if (step % 5 !== 0) return [{ op: "put", collection, key, value }];
  return [
    { op: "put", collection, key, value },
    { op: "put", collection, key: `${writer}/newest batch`, value },
    { op: "delete", collection, key: `${writer}/${(step + 1) % keysOfWriter}` },
  ];
}

/** What the store holds of a writer after so many steps: values by key. */
export function stateAfter(writer: number, steps: number): ReadonlyMap<string, Storable> {
  const state = new Map<string, Storable>();
  for (let step = 1; step <= steps; step++) {
    for (const operation of operationsOf(writer, step)) {
      if (operation.op === "put") state.set(operation.key, operation.value);
      else state.delete(operation.key);
    }
  }
  return state;
}
