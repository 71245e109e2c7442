import type { FaultKind } from "./faults/fault.ts";
import type { LoadCounts } from "./load/client-load.ts";
import type { Keeping, TranscriptReport } from "./transcript.ts";

/** What came of one run. Values only, which can be sent from one thread to another. */
export interface RunReport {
  /** The name of the simulation. */
  readonly simulation: string;
  readonly seed: number;
  readonly virtualMs: number;
  /** How many events virtual time has gone through. */
  readonly events: number;
  readonly operations: LoadCounts;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly transcript: TranscriptReport;
  /** Why the run failed; undefined where all that must hold did. */
  readonly failure: Error | undefined;
}

/** A world that is run by seeds. One seed, one run: the same each time, to the byte of its transcript. */
export interface Simulation {
  readonly name: string;
  run(seed: number, keeping: Keeping): Promise<RunReport>;
}

/** Something that must hold does not. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/**
 * Runs a world to its end, and resolves to why it failed; undefined where it did not. What nobody handles,
 * be it a rejection or an exception, fails it, as it would end a process; `check` throws it, and is to be
 * called after each event.
 */
export async function failureOf(
  run: (check: () => void) => Promise<void>,
): Promise<Error | undefined> {
  let unhandled: Error | undefined;
  const note = (reason: unknown): void => {
    const { stack } = asError(reason);
    unhandled ??= new InvariantError(`an error was not handled: ${stack ?? String(reason)}`);
  };
  const check = (): void => {
    if (unhandled !== undefined) throw unhandled;
  };
  process.on("unhandledRejection", note);
  process.on("uncaughtException", note);
  try {
    await run(check);
    check();
    return undefined;
  } catch (error) {
    return asError(error);
  } finally {
    process.off("unhandledRejection", note);
    process.off("uncaughtException", note);
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
