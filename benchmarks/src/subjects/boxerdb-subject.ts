import { open, type BatchOperation, type JsonValue } from "@boxerdb/engine";

import type { Subject, SubjectOptions } from "./subject.ts";

/** BoxerDB's engine as it comes: durable by fdatasync, 64 MiB of memory for what was read last. */
export async function openBoxerdb<Value extends JsonValue>(
  directory: string,
  { durable }: SubjectOptions,
): Promise<Subject<Value>> {
  const store = await open(directory, { durability: durable ? "disk" : "os" });
  const database = store.database("bench");
  const users = database.collection<Value>("users");
  return {
    put: (key, value) => users.put(key, value),
    putBatch: (entries) =>
      database.batch(
        entries.map(([key, value]): BatchOperation => ({
          op: "put",
          collection: "users",
          key,
          value,
        })),
      ),
    get: (key) => users.getSync(key),
    scan: async (visit) => {
      for await (const [key, value] of users.entries()) visit(key, value);
    },
    close: () => store.close(),
  };
}
