/**
 * A process that writes to the store in a directory as `document-writer` does, with so many writers, and
 * after each of its backups goes on with the next: it is given the directories for them. Prints a line
 * for each backup: for each writer the steps that it had acknowledged before, then those that it had
 * begun when the backup was done.
 */
import { open } from "@boxerdb/engine";

import { killedStoreOptions } from "./killed-store.ts";
import { operationsOf } from "./writer-history.ts";

const [directory = "", writers = "", ...backups] = process.argv.slice(2);

const store = await open(directory, killedStoreOptions);
const database = store.database("app");
const acknowledged = Array.from({ length: Number(writers) }, () => 0);
const begun = acknowledged.slice();
const done = new AbortController();

async function write(writer: number): Promise<void> {
  for (let step = 1; !done.signal.aborted; step++) {
    begun[writer] = step;
    await database.batch(operationsOf(writer, step));
    acknowledged[writer] = step;
  }
}

const writing = Promise.all(acknowledged.map((_, writer) => write(writer)));
for (const backup of backups) {
  // Something to back up, and to be in the middle of.
  const enough = Math.max(...acknowledged) + 100;
  while (Math.max(...acknowledged) < enough) await new Promise(setImmediate);
  const before = acknowledged.slice();
  await store.backup(backup);
  process.stdout.write(`${JSON.stringify({ before, after: begun })}\n`);
}
done.abort();
await writing;
await store.close();
