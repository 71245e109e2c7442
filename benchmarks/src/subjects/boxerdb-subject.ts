import { open, type BatchOperation, type JsonValue, type Store } from "@boxerdb/engine";

import type { Subject, SubjectOptions } from "./subject.ts";

const databaseName = "bench";
const collectionName = "users";

/** Where the peers have all that they hold mapped into memory, or in the system's cache beside their own. */
const memoryBytes = 512 << 20;

/** BoxerDB's engine: durable by fdatasync. */
export async function openBoxerdb<Value extends JsonValue>(
  directory: string,
  { durable, spareMemory = false }: SubjectOptions,
): Promise<Subject<Value>> {
  const store = await open(directory, {
    durability: durable ? "disk" : "os",
    ...(!spareMemory && { memoryBytes }),
  });
  const users = store.database(databaseName).collection<Value>(collectionName);
  return {
    put: (key, value) => users.put(key, value),
    ...batchesOf(store),
    get: (key) => users.getSync(key),
    scan: async (visit) => {
      for (const [key, value] of users.entries()) visit(key, value);
    },
    close: () => store.close(),
  };
}

/** Atomic batches into the collection that the subject reads. */
export const batchesOf = (store: Store): Pick<Subject<JsonValue>, "putBatch"> => ({
  putBatch: (entries) =>
    store.database(databaseName).batch(
      entries.map(([key, value]): BatchOperation => ({
        op: "put",
        collection: collectionName,
        key,
        value,
      })),
    ),
});
