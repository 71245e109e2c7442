import { availableParallelism } from "node:os";

import { Command } from "commander";

import { wholeNumber } from "./option-values.ts";
import { SeedProgress } from "./seed-progress.ts";
import { linesOfFailure, runSeeds } from "./seed-run.ts";
import { LocalWorker, type SeedWorker } from "./seed-worker.ts";
import { simulations } from "./simulations.ts";
import { ThreadWorker, WorkerDiedError } from "./thread-worker.ts";

interface Options {
  readonly seed: number;
  readonly seeds?: number;
  readonly only?: string;
  readonly workers?: number;
  readonly trace: boolean;
}

/** Runs what a command line asks for. Sets the exit code to 1 where a run fails. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const names = simulations.map(({ name }) => name).join(", ");
  const program = new Command("simulate")
    .description(
      "Runs the code that ships on simulated machines: clocks, disks and networks that fail in all the " +
        "ways that real ones do, and clients that check what they are told. One seed makes one run, the " +
        "same each time. Ends at the first failure, and says how to repeat it.",
    )
    .option("--seed <number>", "the first seed", wholeNumber(0), 1)
    .option(
      "--seeds <count>",
      "how many, from the first one on (default: 100, or 1 after --seed)",
      wholeNumber(1),
    )
    .option("--only <simulation>", `of ${names}; otherwise all are run with each seed`)
    .option(
      "--workers <count>",
      "how many threads share the seeds (default: one for each processor; one with --trace)",
      wholeNumber(1),
    )
    .option("--trace", "print all that happens, line by line", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help shows what there is)")
    .action(async ({ seed, seeds: given, only, workers: wanted, trace }: Options) => {
      const seeds = given ?? (program.getOptionValueSource("seed") === "cli" ? 1 : 100);
      const chosen = simulations.filter(({ name }) => name === (only ?? name));
      if (chosen.length === 0) {
        program.error(`error: there is no simulation "${only}": choose of ${names}`);
      }
      if (trace && wanted !== undefined && wanted > 1) {
        program.error("error: --trace prints one run after the other: it takes one worker");
      }
      const threads = Math.min(trace ? 1 : (wanted ?? availableParallelism()), seeds);
      const task = { names: chosen.map(({ name }) => name), lastLines: linesOfFailure };
      await using owned = new AsyncDisposableStack();
      const workers = Array.from({ length: threads }, (): SeedWorker =>
        owned.use(
          threads === 1
            ? new LocalWorker(chosen, trace ? "all" : { last: linesOfFailure })
            : new ThreadWorker(task),
        ),
      );
      using progress = new SeedProgress(process.stderr, seeds);
      const options = { firstSeed: seed, seeds, isTraced: trace };
      const output = {
        print: (text: string) => console.log(text),
        progress: (done: number, told: string) => progress.update(done, told),
        nowMs: () => performance.now(),
      };
      try {
        if (!(await runSeeds(workers, options, output))) process.exitCode = 1;
      } catch (error) {
        if (!(error instanceof WorkerDiedError)) throw error;
        console.error(`error: ${error.message}`);
        process.exitCode = 1;
      }
    });
  await program.parseAsync(argv);
}
