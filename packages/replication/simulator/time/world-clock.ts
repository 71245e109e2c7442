import type { NodeClock } from "../../src/node-clock.ts";

import type { SimulatedTime } from "./simulated-time.ts";

/**
 * Time itself, for what stands outside of all machines, such as what is under way to a configuration
 * manager: it goes on when a process dies.
 */
export const worldClock = (time: SimulatedTime): NodeClock => ({
  now: () => time.nowMs,
  monotonicMs: () => time.nowMs,
  after: (delayMs, callback) => time.after(delayMs, callback),
});
