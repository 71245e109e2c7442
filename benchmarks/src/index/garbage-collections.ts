import { PerformanceObserver, type PerformanceEntry } from "node:perf_hooks";

/** How long the garbage collector stopped the process, from now on. */
export class GarbageCollections {
  readonly #observer: PerformanceObserver;
  #totalMs = 0;
  #longestMs = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#take(list.getEntries()));
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Stops counting. */
  end(): { readonly totalMs: number; readonly longestMs: number } {
    this.#take(this.#observer.takeRecords());
    this.#observer.disconnect();
    return { totalMs: this.#totalMs, longestMs: this.#longestMs };
  }

  #take(pauses: readonly PerformanceEntry[]): void {
    for (const { duration } of pauses) {
      this.#totalMs += duration;
      this.#longestMs = Math.max(this.#longestMs, duration);
    }
  }
}
