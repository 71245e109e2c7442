import { AbortError, type WorkOptions } from "@boxerdb/engine";

import { systemClock } from "./clock.ts";
import { CommandError } from "./command-error.ts";
import { bytesDone, Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Does long work on files, shows how far it is, and calls it off upon Ctrl-C. `afterStop` tells how
 * things are when it was called off, as in "nothing was kept". Resolves to what the work does, and how
 * long it took, in milliseconds.
 */
export const watchedWork = async <Result>(
  terminal: Terminal,
  afterStop: string,
  work: (options: Required<WorkOptions>) => Promise<Result>,
): Promise<{ readonly result: Result; readonly elapsedMs: number }> => {
  using interruption = terminal.watchInterruption();
  using progress = new Progress(terminal.stderr, 0, systemClock);
  const onProgress = (doneBytes: number, totalBytes: number): void => {
    progress.expect(totalBytes);
    progress.update(doneBytes, bytesDone(doneBytes));
  };
  try {
    const result = await work({ signal: interruption.signal, onProgress });
    return { result, elapsedMs: progress.elapsedMs };
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    throw new CommandError("interrupted", `stopped as asked: ${afterStop}`, { cause: error });
  }
};
