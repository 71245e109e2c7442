import { open } from "@boxerdb/engine";

import type { UserDocument } from "../document.ts";

import type { Subject } from "./subject.ts";

/** BoxerDB's engine in its default setting: durable by fdatasync. */
export async function openBoxerdb(directory: string): Promise<Subject> {
  const store = await open(directory);
  const database = store.database("bench");
  const users = database.collection<UserDocument & Record<string, string | number | boolean>>(
    "users",
  );
  return {
    put: async (key, value) => {
      await users.put(key, { ...value });
    },
    putBatch: async (entries) => {
      await database.batch(
        entries.map(([key, value]) => ({
          op: "put",
          collection: "users",
          key,
          value: { ...value },
        })),
      );
    },
    get: (key) => users.getSync(key),
    scan: async () => {
      let count = 0;
      for await (const _ of users.entries()) count++;
      return count;
    },
    close: () => store.close(),
  };
}
