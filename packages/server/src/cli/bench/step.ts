import { CommandError } from "../command-error.ts";
import type { Output } from "../output.ts";
import { Progress } from "../progress.ts";

import { runLoad, type Load, type LoadContext } from "./load.ts";
import type { Measurement } from "./measurement.ts";

/** One kind of work that is measured. */
export interface Step {
  /** Its stable name, for programs. */
  readonly work: string;
  /** For people: what is done, and what a call is. */
  readonly title: string;
  readonly load: Load;
}

/** What a step came to. */
export interface MeasuredStep extends Measurement {
  readonly work: string;
  readonly title: string;
}

/** How large the work is to be. */
export interface BenchSize {
  /** How long each step that is not about a number of documents lasts. */
  readonly seconds: number;
  /** How many writers or connections there are at a time. */
  readonly connections: number;
  readonly documents: number;
}

/** A step whose calls are one operation each, and that lasts as long as the size says. */
export const timedStep = (
  { work, title, workers }: Pick<Step, "work" | "title"> & Pick<Load, "workers">,
  { seconds }: BenchSize,
  call: Load["call"],
): Step => ({
  work,
  title,
  load: { workers, operationsPerCall: 1, until: { durationMs: seconds * 1000 }, call },
});

/** What steps are run with. */
export interface StepsContext extends Pick<LoadContext, "clock" | "signal"> {
  /** Where progress is shown. */
  readonly output: Output;
}

/** Runs steps one after the other. Rejects with "interrupted" when the signal comes. */
export const runSteps = async (
  steps: readonly Step[],
  { clock, signal, output }: StepsContext,
): Promise<MeasuredStep[]> => {
  using progress = new Progress(output, steps.length, clock);
  const measured: MeasuredStep[] = [];
  for (const [index, { work, title, load }] of steps.entries()) {
    const onProgress = (share: number): void => progress.update(index + share, () => title);
    onProgress(0);
    const measurement = await runLoad(load, { clock, signal, onProgress });
    if (signal.aborted) throw new CommandError("interrupted", "stopped as asked");
    measured.push({ work, title, ...measurement });
  }
  return measured;
};
