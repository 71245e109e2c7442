import type { FaultKind } from "../faults/fault.ts";
import type { RunReport } from "../simulation.ts";

const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What many runs amount to. */
export class Totals {
  #seeds = 0;
  #virtualMs = 0;
  #operations = 0;
  #written = 0;
  #unknown = 0;
  #events = 0;
  readonly #faults = new Map<FaultKind, number>();

  add({ virtualMs, operations, events, faults }: RunReport): void {
    this.#seeds += 1;
    this.#virtualMs += virtualMs;
    this.#operations += operations.done + operations.refused + operations.unknown;
    this.#written += operations.written;
    this.#unknown += operations.unknown;
    this.#events += events;
    for (const [kind, times] of faults) {
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + times);
    }
  }

  /** "12 seeds, 0.5 virtual hours, 12,000 operations, 340 faults". */
  get line(): string {
    const seeds = `${count.format(this.#seeds)} ${this.#seeds === 1 ? "seed" : "seeds"}`;
    const operations = `${count.format(this.#operations)} operations`;
    return `${seeds}, ${hours(this.#virtualMs)}, ${operations}, ${count.format(this.#faultCount)} faults`;
  }

  /** All of it in some lines, with how fast it went. `elapsedMs`: of the real world. */
  summary(elapsedMs: number): string {
    const seconds = Math.max(elapsedMs, 1) / 1_000;
    const speed =
      `${count.format(this.#operations / seconds)} operations and ` +
      `${count.format(this.#events / seconds)} events a second, ` +
      `${count.format(this.#virtualMs / Math.max(elapsedMs, 1))} times as fast as time`;
    const faults = [...this.#faults]
      .toSorted(([kind, times], [otherKind, otherTimes]) =>
        times === otherTimes ? (kind < otherKind ? -1 : 1) : otherTimes - times,
      )
      .map(([kind, times]) => `${kind} ${count.format(times)}`);
    return [
      this.line,
      `operations: ${count.format(this.#written)} writes acknowledged, ${count.format(this.#unknown)} of unknown outcome`,
      `faults: ${faults.length === 0 ? "none" : faults.join(", ")}`,
      `speed: ${speed} (${seconds.toFixed(1)} s)`,
    ].join("\n");
  }

  get #faultCount(): number {
    return [...this.#faults.values()].reduce((sum, times) => sum + times, 0);
  }
}

const hours = (virtualMs: number): string => `${(virtualMs / 3_600_000).toFixed(1)} virtual hours`;
