/** Time for timeouts: monotonic, so that a jump of the wall clock moves nothing. Injected. */
export interface NodeClock {
  /** The wall clock, in milliseconds. It may jump, but counts the time for which a machine is suspended. */
  now(): number;
  /** Milliseconds since some moment in the past. Never falls. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`, unless cancelled; does not keep the process alive. */
  after(delayMs: number, callback: () => void): { cancel(): void };
}

/** The clock of the machine. */
export const systemNodeClock: NodeClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
