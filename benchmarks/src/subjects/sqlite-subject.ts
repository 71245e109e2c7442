import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

import type { Subject, SubjectOptions } from "./subject.ts";
import { TurnBatches } from "./turn-batches.ts";

/**
 * node:sqlite, each choice the fastest of those that were tried on a million documents: values as JSON
 * text (msgpack in a BLOB reads at half the speed), rows as arrays, the key as the table's own order
 * (WITHOUT ROWID), 64 MiB of cache as BoxerDB has, and the file mapped into memory. WAL with
 * synchronous = FULL syncs the log with each commit, so a commit is durable.
 * Sources: https://sqlite.org/pragma.html#pragma_synchronous, https://sqlite.org/withoutrowid.html
 */
export async function openSqlite<Value>(
  directory: string,
  { durable }: SubjectOptions,
): Promise<Subject<Value>> {
  await mkdir(directory, { recursive: true });
  const database = new DatabaseSync(join(directory, "bench.sqlite"));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durable ? "FULL" : "OFF"};
    PRAGMA cache_size = -65536;
    PRAGMA mmap_size = ${64 * 2 ** 30};
    CREATE TABLE IF NOT EXISTS users (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `);
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  const insert = database.prepare("INSERT OR REPLACE INTO users VALUES (?, ?)");
  const select = database.prepare("SELECT value FROM users WHERE key = ?", { returnArrays: true });
  const selectAll = database.prepare("SELECT key, value FROM users ORDER BY key", {
    returnArrays: true,
  });
  const putBatch = async (entries: readonly (readonly [string, Value])[]): Promise<void> => {
    begin.run();
    for (const [key, value] of entries) insert.run(key, JSON.stringify(value));
    commit.run();
  };
  const decode = (row: unknown, column: number): Value => JSON.parse(textAt(row, column));
  const batches = new TurnBatches(putBatch);
  return {
    // A transaction for all that writers ask for in one turn of the event loop: each still waits for
    // its own to be durable, and a sync serves many.
    put: (key, value) => batches.put(key, value),
    putBatch,
    get: (key) => {
      const row: unknown = select.get(key);
      return row === undefined ? undefined : decode(row, 0);
    },
    scan: async (visit) => {
      for (const row of selectAll.iterate()) visit(textAt(row, 0), decode(row, 1));
    },
    close: async () => database.close(),
  };
}

function textAt(row: unknown, column: number): string {
  // Node's declarations describe rows as objects also where they are arrays.
  const text: SQLOutputValue | undefined = Array.isArray(row) ? row[column] : undefined;
  if (typeof text !== "string") throw new Error("assertion failed: SQLite gave no text");
  return text;
}
