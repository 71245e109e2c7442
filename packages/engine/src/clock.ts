import { timestampMs, type TimestampMs } from "./scalars.ts";

/** Where the engine takes the time from. Injected, so that tests and the simulator own it. */
export interface Clock {
  /** Wall-clock time, for the timestamps of records and for expiry; never for ordering. */
  now(): TimestampMs;
  /** Milliseconds, with fractions, that only ever grow: for telling how long something took. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`, unless cancelled; does not keep the process alive. */
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => timestampMs(Date.now()),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
