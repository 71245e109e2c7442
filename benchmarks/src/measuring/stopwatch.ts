import { cpuMicros } from "./process-cost.ts";

/**
 * Adds up the time that pieces of work take, without what lies between them, such as making the next
 * documents.
 */
export class Stopwatch {
  #elapsedMs = 0;
  #cpuMicros = 0;

  /** Time between start and end of all that was measured. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Microseconds of processor time of the process meanwhile, all threads. */
  get cpuMicros(): number {
    return this.#cpuMicros;
  }

  /** How many of `operations` came to a second. */
  perSecond(operations: number): number {
    return operations / (this.#elapsedMs / 1_000);
  }

  measureSync(work: () => void): void {
    const startCpu = cpuMicros();
    const start = performance.now();
    work();
    this.#elapsedMs += performance.now() - start;
    this.#cpuMicros += cpuMicros() - startCpu;
  }

  async measure(work: () => Promise<unknown>): Promise<void> {
    const startCpu = cpuMicros();
    const start = performance.now();
    await work();
    this.#elapsedMs += performance.now() - start;
    this.#cpuMicros += cpuMicros() - startCpu;
  }
}
