import type { RunReport } from "../simulation.ts";

import type { SeedWorker } from "./seed-worker.ts";
import { Totals } from "./totals.ts";

/** How much of the transcript a failure shows that was not traced. */
export const linesOfFailure = 60;

export interface SeedRunOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  /** All that happens is printed. */
  readonly isTraced: boolean;
}

/** Where a run through seeds tells what comes of it. */
export interface SeedRunOutput {
  readonly print: (text: string) => void;
  /** How many seeds are done, and what they amount to. */
  readonly progress: (done: number, told: string) => void;
  /** Of the real world. */
  readonly nowMs: () => number;
}

/**
 * Has workers run one seed after the other, each the next that is left, up to the first failure: what
 * others are at then is not waited for. Resolves to whether there was none. Rejects where a worker does.
 */
export async function runSeeds(
  workers: readonly SeedWorker[],
  { firstSeed, seeds, isTraced }: SeedRunOptions,
  { print, progress, nowMs }: SeedRunOutput,
): Promise<boolean> {
  const startedMs = nowMs();
  const totals = new Totals();
  const failure = Promise.withResolvers<RunReport>();
  let isOver = false;
  let handedOut = 0;
  let done = 0;
  const serve = async (worker: SeedWorker): Promise<void> => {
    while (!isOver && handedOut < seeds) {
      const seed = firstSeed + handedOut;
      handedOut += 1;
      const reports = await worker.run(seed);
      if (isOver) return;
      done += 1;
      totals.add(reports);
      for (const report of reports) {
        if (isTraced) print(report.transcript.lines.join("\n"));
        if (report.failure === undefined) continue;
        isOver = true;
        failure.resolve(report);
      }
      progress(done, totals.line);
    }
  };
  const all = Promise.all(workers.map(serve)).then(() => undefined);
  const failed = await Promise.race([failure.promise, all]).finally(() => (isOver = true));
  if (failed !== undefined) print(failureText(failed, isTraced));
  print(totals.summary(nowMs() - startedMs));
  return failed === undefined;
}

function failureText(
  { simulation, seed, transcript, failure }: RunReport,
  isTraced: boolean,
): string {
  return [
    ...(isTraced ? [] : ["…", ...transcript.lines]),
    "",
    failure?.stack ?? "",
    "",
    `Seed ${seed} failed. All that happened: pnpm simulate --only ${simulation} --seed ${seed} --trace`,
    "",
  ].join("\n");
}
