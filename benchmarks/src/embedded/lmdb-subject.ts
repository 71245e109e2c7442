import { open } from "lmdb";

import type { UserDocument } from "../document.ts";

import type { Subject } from "./subject.ts";

/**
 * lmdb with msgpack values. `overlappingSync` is off, as with it a put resolves before it is durable.
 * Source: https://github.com/kriszyp/lmdb-js#db-options
 */
export async function openLmdb(directory: string): Promise<Subject> {
  const database = open<UserDocument, string>({
    path: directory,
    encoding: "msgpack",
    overlappingSync: false,
  });
  return {
    put: async (key, value) => {
      await database.put(key, value);
    },
    putBatch: async (entries) => {
      await database.batch(() => {
        for (const [key, value] of entries) void database.put(key, value);
      });
    },
    get: (key) => database.get(key),
    scan: async () => {
      let count = 0;
      for (const _ of database.getRange()) count++;
      return count;
    },
    close: () => database.close(),
  };
}
