import { isWorthRetrying, ServerError, type UnreachableError } from "./client/errors.ts";
import type { Clock } from "./clock.ts";

const firstDelayMs = 100;
const longestDelayMs = 2_000;

/** How to repeat what failed for a reason that may pass. */
export interface RetryPolicy {
  /** For how long to go on after the first failure, in milliseconds; 0 gives up at once. */
  readonly forMs: number;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Hears of each failure that is going to be followed by another attempt. */
  readonly failed: (error: ServerError | UnreachableError, attempt: number, leftMs: number) => void;
}

/** How long to wait after the n-th failure (from 1), or as long as the server asks. */
export const retryDelayMs = (attempt: number, retryAfterMs: number | undefined): number =>
  retryAfterMs ?? Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);

/**
 * Does something that is safe to repeat, until it succeeds, fails for a reason that stays, or the
 * time is over. Rejects with the last failure, also when the signal ended the waiting.
 */
export const retrying = async <T>(policy: RetryPolicy, act: () => Promise<T>): Promise<T> => {
  let deadline: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!isWorthRetrying(error) || policy.signal.aborted) throw error;
      const now = policy.clock.now();
      deadline ??= now + policy.forMs;
      const asked = error instanceof ServerError ? error.retryAfterMs : undefined;
      const delayMs = retryDelayMs(attempt, asked);
      if (now + delayMs > deadline) throw error;
      policy.failed(error, attempt, deadline - now);
      await policy.clock.wait(delayMs, policy.signal).catch(() => {
        throw error;
      });
    }
  }
};
