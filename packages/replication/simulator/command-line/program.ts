import { Command } from "commander";

import { clusterSimulation } from "../cluster/cluster-run.ts";
import { engineSimulation } from "../engine/engine-run.ts";
import type { Simulation } from "../simulation.ts";

import { wholeNumber } from "./option-values.ts";
import { SeedProgress } from "./seed-progress.ts";
import { runSeeds } from "./seed-run.ts";

/** All there are, in the order in which they are run. */
const simulations: readonly Simulation[] = [engineSimulation, clusterSimulation()];

interface Options {
  readonly seed: number;
  readonly seeds?: number;
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
    .action(async ({ seed, seeds: given, only, trace }: Options) => {
      const seeds = given ?? (program.getOptionValueSource("seed") === "cli" ? 1 : 100);
      const options = { firstSeed: seed, seeds, isTraced: trace };
      const chosen = simulations.filter(({ name }) => name === (only ?? name));
      if (chosen.length === 0) {
        program.error(`error: there is no simulation "${only}": choose of ${names}`);
      }
      using progress = new SeedProgress(process.stderr, options.seeds);
      const isClean = await runSeeds(chosen, options, {
        print: (text) => console.log(text),
        progress: (done, told) => progress.update(done, told),
        nowMs: () => performance.now(),
      });
      if (!isClean) process.exitCode = 1;
    });
  await program.parseAsync(argv);
}
