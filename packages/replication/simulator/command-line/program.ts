import { Command } from "commander";

import { engineSimulation } from "../engine/engine-run.ts";
import type { RunReport, Simulation } from "../simulation.ts";

import { wholeNumber } from "./option-values.ts";
import { SeedProgress } from "./seed-progress.ts";
import { Totals } from "./totals.ts";

/** All there are, in the order in which they are run. */
const simulations: readonly Simulation[] = [engineSimulation];

/** How much of the transcript a failure shows; `--trace` shows all. */
const linesOfFailure = 60;

interface Options {
  readonly seed: number;
  readonly seeds: number;
  readonly only?: string;
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
      "how many, one after the other (default: 100, or 1 after --seed)",
      wholeNumber(1),
    )
    .option("--only <simulation>", `of ${names}; otherwise all are run with each seed`)
    .option("--trace", "print all that happens, line by line", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(--help shows what there is)")
    .action(async (given: Omit<Options, "seeds"> & Partial<Options>) => {
      const isSeedGiven = program.getOptionValueSource("seed") === "cli";
      const options = { ...given, seeds: given.seeds ?? (isSeedGiven ? 1 : 100) };
      const chosen = simulations.filter(({ name }) => name === (options.only ?? name));
      if (chosen.length === 0) {
        program.error(`error: there is no simulation "${options.only}": choose of ${names}`);
      }
      if (!(await runSeeds(chosen, options))) process.exitCode = 1;
    });
  await program.parseAsync(argv);
}

/** Whether all went well. */
async function runSeeds(chosen: readonly Simulation[], options: Options): Promise<boolean> {
  const { seed: first, seeds, trace } = options;
  const startedMs = performance.now();
  const totals = new Totals();
  let failed: RunReport | undefined;
  {
    using progress = new SeedProgress(process.stderr, seeds);
    for (let done = 0; done < seeds && failed === undefined; done += 1) {
      for (const simulation of chosen) {
        const report = await simulation.run(first + done, trace ? "all" : { last: linesOfFailure });
        totals.add(report);
        if (trace) console.log(report.transcript.lines.join("\n"));
        if (report.failure === undefined) continue;
        failed = report;
        break;
      }
      progress.update(done + 1, totals.line);
    }
  }
  if (failed !== undefined) tellFailure(failed, trace);
  console.log(totals.summary(performance.now() - startedMs));
  return failed === undefined;
}

function tellFailure({ simulation, seed, transcript, failure }: RunReport, trace: boolean): void {
  if (!trace) console.log(`…\n${transcript.lines.join("\n")}`);
  console.log(`\n${failure?.stack ?? ""}`);
  console.log(
    `\nSeed ${seed} failed. All that happened: pnpm simulate --only ${simulation} --seed ${seed} --trace\n`,
  );
}
