import type { Readable } from "node:stream";

import { Output } from "./output.ts";

/** Tells when the person asked to stop. Disposing of it gives Ctrl-C its usual effect back. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Everything that a verb may touch of the process it runs in, so that a verb runs the same in a
 * test, with streams in memory.
 */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Turns the first Ctrl-C or SIGTERM into a signal, for verbs that have something to finish. The
   * second one ends the process as usual.
   */
  watchInterruption(): Interruption;
}

/** Whether a person sits there who sees what is asked and can answer. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean =>
  stderr.isTerminal && "isTTY" in stdin && stdin.isTTY === true;

const stopSignals = ["SIGINT", "SIGTERM"] as const;

const watchProcessSignals = (): Interruption => {
  const controller = new AbortController();
  const ignore = (): void => {
    for (const name of stopSignals) process.removeListener(name, stop);
  };
  const stop = (): void => {
    ignore();
    controller.abort();
  };
  for (const name of stopSignals) process.on(name, stop);
  return { signal: controller.signal, [Symbol.dispose]: ignore };
};

/** The terminal of this process. */
export const processTerminal = (): Terminal => ({
  stdin: process.stdin,
  stdout: new Output(process.stdout),
  stderr: new Output(process.stderr),
  environment: process.env,
  watchInterruption: watchProcessSignals,
});
