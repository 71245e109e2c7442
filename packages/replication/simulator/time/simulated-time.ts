import { EventQueue } from "./event-queue.ts";
import { rest } from "./rest.ts";

/** How often it is looked whether a run that waits for something is over. */
const lookEveryMs = 100;

/** Something that is to happen, and can be called off. */
export interface Scheduled {
  cancel(): void;
}

/**
 * The time of a simulation, in milliseconds from its beginning. It goes from one event to the next, and
 * stands still while code runs: an event is over when everything that it set going has come to rest.
 */
export class SimulatedTime {
  readonly #queue = new EventQueue();
  #nowMs = 0;
  #events = 0;

  /** Virtual milliseconds with fractions, from 0. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  /** Calls back once at a moment, which is now at the earliest. */
  at(atMs: number, callback: () => void): Scheduled {
    const event = this.#queue.add(Math.max(atMs, this.#nowMs), callback);
    return {
      cancel: () => {
        event.callback = undefined;
      },
    };
  }

  /** Calls back once after `delayMs`. */
  after(delayMs: number, callback: () => void): Scheduled {
    return this.at(this.#nowMs + delayMs, callback);
  }

  /** Resolves after `delayMs`. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /**
   * Lets events happen one by one, up to and including those at `untilMs`. `afterEach` is called when an
   * event is over; what it throws ends the run at that moment.
   */
  async run(untilMs: number, afterEach: () => void = () => {}): Promise<void> {
    await rest();
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      if (next.atMs > untilMs) break;
      this.#queue.take();
      this.#nowMs = next.atMs;
      this.#events += 1;
      next.callback?.();
      await rest();
      afterEach();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** As `run`, but only until something holds, looked at now and then. Resolves to whether it came to hold. */
  async runUntil(
    holds: () => boolean,
    untilMs: number,
    afterEach: () => void = () => {},
  ): Promise<boolean> {
    while (!holds()) {
      if (this.#nowMs >= untilMs) return false;
      await this.run(Math.min(this.#nowMs + lookEveryMs, untilMs), afterEach);
    }
    return true;
  }
}
