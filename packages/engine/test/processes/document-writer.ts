/**
 * A process that writes to the store in a directory until it is killed, with as many writers at a time
 * as it is given numbers of steps already taken. Prints a line for each step that was acknowledged:
 * the writer, the step and the offset.
 */
import { writeSync } from "node:fs";

import { open } from "@boxerdb/engine";

import { killedStoreOptions } from "./killed-store.ts";
import { operationsOf } from "./writer-history.ts";

const [directory = "", ...stepsTaken] = process.argv.slice(2);

const store = await open(directory, killedStoreOptions);
const database = store.database("app");

async function write(writer: number, stepsTaken: number): Promise<never> {
  for (let step = stepsTaken + 1; ; step++) {
    const offset = await database.batch(operationsOf(writer, step));
    // Told before the next step; `process.stdout` would keep what the pipe has no room for.
    writeSync(1, `${writer} ${step} ${offset}\n`);
  }
}

await Promise.all(stepsTaken.map((steps, writer) => write(writer, Number(steps))));
