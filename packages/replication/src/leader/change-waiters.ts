import type { NodeClock } from "../node-clock.ts";

/** Those who wait for something to change, each for something of its own. */
export class ChangeWaiters {
  readonly #clock: NodeClock;
  readonly #looks = new Set<() => void>();

  constructor(clock: NodeClock) {
    this.#clock = clock;
  }

  /** Resolves when something holds, the time is over, or `signal` is aborted. */
  until(holds: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (timeoutMs <= 0 || holds() || signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        timer.cancel();
        this.#looks.delete(look);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const look = (): void => {
        if (holds()) done();
      };
      const timer = this.#clock.after(timeoutMs, done);
      this.#looks.add(look);
      signal?.addEventListener("abort", done);
    });
  }

  /** Something has changed: has everybody look whether it is what they wait for. */
  look(): void {
    for (const look of this.#looks) look();
  }
}
