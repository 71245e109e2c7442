import type { RunReport, Simulation } from "../simulation.ts";
import type { Keeping } from "../transcript.ts";

/** Runs all that is simulated with a seed, one seed after the other. */
export interface SeedWorker extends AsyncDisposable {
  /** Resolves to what came of each simulation, up to the first that failed. Rejects where it cannot be run. */
  run(seed: number): Promise<readonly RunReport[]>;
}

/** Runs seeds in this thread. */
export class LocalWorker implements SeedWorker {
  readonly #simulations: readonly Simulation[];
  readonly #keeping: Keeping;

  constructor(simulations: readonly Simulation[], keeping: Keeping) {
    this.#simulations = simulations;
    this.#keeping = keeping;
  }

  async run(seed: number): Promise<readonly RunReport[]> {
    const reports: RunReport[] = [];
    for (const simulation of this.#simulations) {
      const report = await simulation.run(seed, this.#keeping);
      reports.push(report);
      if (report.failure !== undefined) break;
    }
    return reports;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
