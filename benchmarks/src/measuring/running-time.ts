/** Adds up how long something was going on, by looking at it again and again. */
export class RunningTime {
  #elapsedMs = 0;
  #lastMs: number | undefined;

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Whether it is going on now. What lies between two looks counts if it was so at the first. */
  look(isRunning: boolean, nowMs: number): void {
    if (this.#lastMs !== undefined) this.#elapsedMs += nowMs - this.#lastMs;
    this.#lastMs = isRunning ? nowMs : undefined;
  }
}
