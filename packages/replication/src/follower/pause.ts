import { PeerUnauthorizedError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function pause(clock: NodeClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(delayMs, done);
    signal.addEventListener("abort", done);
  });
}

/** How long to wait where only a person can mend what is wrong. */
const slowRetryPauseMs = 5_000;

/** How long to wait after a failure that would otherwise be tried again after `retryPauseMs`. */
export const retryPauseMsAfter = (error: unknown, retryPauseMs: number): number =>
  error instanceof Error &&
  (error instanceof PeerUnauthorizedError || error.cause instanceof PeerUnauthorizedError)
    ? slowRetryPauseMs
    : retryPauseMs;
