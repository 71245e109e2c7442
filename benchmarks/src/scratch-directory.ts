import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Works in a new directory below `parent` that is gone afterwards. Stores of gigabytes must not stay
 * behind when somebody has seen enough, so it is also removed when Ctrl-C or SIGTERM ends the process;
 * processes that were started by then are killed before.
 */
export async function inScratchDirectory<Result>(
  parent: string,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(parent, "boxerdb-bench-"));
  // A server that was killed may still write for a moment.
  const removeNow = (): void =>
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  const stop = (): void => process.exit(130);
  process.once("exit", removeNow);
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    return await work(directory);
  } finally {
    process.off("SIGTERM", stop);
    process.off("SIGINT", stop);
    process.off("exit", removeNow);
    await rm(directory, { recursive: true });
  }
}
