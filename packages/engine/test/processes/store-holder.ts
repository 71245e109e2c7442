/**
 * A process that holds the store in a directory, and writes to it, until its standard input ends.
 * Prints "open" when it has it; where it cannot, prints why and exits with code 3.
 */
import { EngineError, open } from "@boxerdb/engine";

const [directory = ""] = process.argv.slice(2);

try {
  const store = await open(directory);
  await store.database("app").collection("c").put("holder", process.pid);
  process.stdout.write("open\n");
  for await (const _ of process.stdin);
  await store.close();
} catch (error) {
  if (!(error instanceof EngineError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 3;
}
