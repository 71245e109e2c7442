import type { NodeClock } from "@boxerdb/replication";

/**
 * The clock of a process that can be stopped, and whose time may run faster or slower than that of
 * others. While it is stopped, time goes on, and timers call back only when it goes on too.
 */
export class PausableClock implements NodeClock {
  readonly #clock: NodeClock;
  readonly #rate: number;
  /** What came due while the process was stopped. Undefined: it runs. */
  #held: Set<() => void> | undefined;

  /** `rate`: how many milliseconds it counts while `clock` counts one. */
  constructor(clock: NodeClock, rate = 1) {
    this.#clock = clock;
    this.#rate = rate;
  }

  now(): number {
    return this.#clock.now() * this.#rate;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() * this.#rate;
  }

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const call = (): void => callback();
    const timer = this.#clock.after(delayMs / this.#rate, () => {
      if (this.#held === undefined) call();
      else this.#held.add(call);
    });
    return {
      cancel: () => {
        timer.cancel();
        this.#held?.delete(call);
      },
    };
  }

  pause(): void {
    this.#held ??= new Set();
  }

  resume(): void {
    const held = this.#held;
    // As in a real process, a timer that came due can still be cancelled by one that came before it.
    for (const call of held ?? []) {
      held?.delete(call);
      call();
    }
    this.#held = undefined;
  }
}
