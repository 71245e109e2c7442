import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";

import type { Subject, SubjectOptions } from "./subject.ts";

/**
 * lmdb as it comes, values in msgpack. `overlappingSync` is off: with it a put may resolve before it
 * is durable. A trace of its system calls shows an fdatasync of the pages and then a write of the meta
 * page through a descriptor opened with O_DSYNC, before the put resolves. lmdb gathers the puts of one
 * turn of the event loop into a transaction by itself.
 * Source: https://github.com/kriszyp/lmdb-js#overlapping-sync-options
 */
export function openLmdb<Value>(
  directory: string,
  options: SubjectOptions,
): Promise<Subject<Value>> {
  return Promise.resolve(subjectOf(open<Value, string>(settingsOf(directory, options))));
}

/**
 * lmdb in its fastest setting: structures that values share are kept once, under a key of their own,
 * and values refer to them (the record extension of msgpackr). Two to three times as fast in a scan as
 * plain msgpack; no other msgpack library reads the values.
 * Source: https://github.com/kriszyp/lmdb-js#shared-structures
 */
export function openLmdbWithStructures<Value>(
  directory: string,
  options: SubjectOptions,
): Promise<Subject<Value>> {
  const database = open<Value, string>({
    ...settingsOf(directory, options),
    sharedStructuresKey: structuresKey,
  });
  return Promise.resolve(subjectOf(database));
}

const structuresKey = Symbol.for("structures");

const settingsOf = (path: string, { durable }: SubjectOptions): RootDatabaseOptionsWithPath => ({
  path,
  encoding: "msgpack",
  overlappingSync: false,
  noSync: !durable,
});

const subjectOf = <Value>(database: RootDatabase<Value, string>): Subject<Value> => ({
  put: (key, value) => database.put(key, value),
  putBatch: (entries) =>
    database.batch(() => {
      for (const [key, value] of entries) void database.put(key, value);
    }),
  get: (key) => database.get(key),
  scan: async (visit) => {
    // Symbols come before strings: the structures are not among the entries.
    for (const { key, value } of database.getRange({ start: "" })) visit(key, value);
  },
  close: () => database.close(),
});
