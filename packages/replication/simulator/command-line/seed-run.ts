import type { RunReport, Simulation } from "../simulation.ts";

import { Totals } from "./totals.ts";

/** How much of the transcript a failure shows that was not traced. */
const linesOfFailure = 60;

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

/** Runs simulations with one seed after the other, up to the first failure. Resolves to whether there was none. */
export async function runSeeds(
  simulations: readonly Simulation[],
  { firstSeed, seeds, isTraced }: SeedRunOptions,
  { print, progress, nowMs }: SeedRunOutput,
): Promise<boolean> {
  const startedMs = nowMs();
  const totals = new Totals();
  const keeping = isTraced ? "all" : { last: linesOfFailure };
  let failed: RunReport | undefined;
  for (let done = 0; done < seeds && failed === undefined; done += 1) {
    for (const simulation of simulations) {
      const report = await simulation.run(firstSeed + done, keeping);
      totals.add(report);
      if (isTraced) print(report.transcript.lines.join("\n"));
      if (report.failure === undefined) continue;
      failed = report;
      break;
    }
    progress(done + 1, totals.line);
  }
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
