import { timestampMs, type Clock } from "@boxerdb/engine";

import type { Randomness } from "../randomness.ts";

import type { SimulatedProcess } from "./simulated-process.ts";
import type { SimulatedTime } from "./simulated-time.ts";

/** When simulations begin, on clocks that are right. */
const beginningMs = Date.UTC(2030, 0, 1);

/** How much faster or slower than time a clock runs at most. */
const driftAtMost = 0.01;
/** How wrong a wall clock is at the beginning at most. */
const initialErrorMs = 500;

/**
 * The clocks of one machine: a wall clock that may be wrong and may jump, and a monotonic one. Both run
 * a little faster or slower than time, each machine's in its own way.
 */
export class MachineClock {
  readonly #time: SimulatedTime;
  readonly #randomness: Randomness;
  readonly #rate: number;
  /** What the monotonic clock showed at the beginning: machines have been up for any time. */
  #originMs: number;
  #wallErrorMs: number;

  constructor(time: SimulatedTime, randomness: Randomness) {
    this.#time = time;
    this.#randomness = randomness;
    this.#rate = 1 + randomness.real(-driftAtMost, driftAtMost);
    this.#originMs = randomness.real(1_000, 1e9);
    this.#wallErrorMs = randomness.real(-initialErrorMs, initialErrorMs);
  }

  get monotonicMs(): number {
    return this.#originMs + this.#time.nowMs * this.#rate;
  }

  get wallMs(): number {
    return beginningMs + this.#time.nowMs * this.#rate + this.#wallErrorMs;
  }

  /** Moves the wall clock, as an operator or a time server does. */
  jump(byMs: number): void {
    this.#wallErrorMs += byMs;
  }

  /** Has the monotonic clock stand still, as while the machine sleeps. Returns how to have it go on. */
  suspend(): () => void {
    const suspendedMs = this.monotonicMs;
    return () => {
      this.#originMs -= this.monotonicMs - suspendedMs;
    };
  }

  /** The clock as a process on this machine has it: of engine and replication. Timers end with the process. */
  clockFor(owner: SimulatedProcess): Clock {
    return {
      now: () => timestampMs(Math.floor(this.wallMs)),
      monotonicMs: () => this.monotonicMs,
      after: (delayMs, callback) => {
        // As Node does: whole milliseconds, at least one, so that a timer may come a little too early;
        // and late by as long as the event loop takes.
        const wholeMs = Math.max(1, Math.trunc(delayMs));
        const lateMs = this.#randomness.real(0, 1);
        let isCancelled = false;
        const scheduled = this.#time.after((wholeMs + lateMs) / this.#rate, () => {
          owner.deliver("timer", () => {
            if (!isCancelled) callback();
          });
        });
        return {
          cancel: () => {
            isCancelled = true;
            scheduled.cancel();
          },
        };
      },
    };
  }
}
