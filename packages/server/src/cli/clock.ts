import { setTimeout as sleep } from "node:timers/promises";

/** Time as a verb sees it. */
export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Resolves after a time; rejects when the signal comes first. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  async wait(durationMs, signal) {
    await sleep(durationMs, undefined, { signal });
  },
};
