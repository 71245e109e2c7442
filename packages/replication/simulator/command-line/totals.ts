import type { FaultKind } from "../faults/fault.ts";
import type { ClientAnswer } from "../load/client-protocol.ts";
import type { RunReport } from "../simulation.ts";

/** How operations come out, in the order in which they are told, and in which words. */
const outcomes: Readonly<Record<ClientAnswer["kind"], string>> = {
  written: "written",
  found: "found",
  absent: "nothing there",
  conflict: "conflict",
  refused: "refused",
  unknown: "unknown",
};

const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What many runs amount to. */
export class Totals {
  #seeds = 0;
  #virtualMs = 0;
  #events = 0;
  readonly #operations = new Map<string, number>();
  readonly #faults = new Map<FaultKind, number>();

  /** What came of one seed. */
  add(reports: readonly RunReport[]): void {
    this.#seeds += 1;
    for (const { virtualMs, operations, events, faults } of reports) {
      this.#virtualMs += virtualMs;
      this.#events += events;
      for (const [kind, times] of Object.entries(operations)) add(this.#operations, kind, times);
      for (const [kind, times] of faults) add(this.#faults, kind, times);
    }
  }

  /** "12 seeds, 0.5 virtual hours, 12,000 operations, 340 faults". */
  get line(): string {
    const seeds = `${count.format(this.#seeds)} ${this.#seeds === 1 ? "seed" : "seeds"}`;
    const operations = `${count.format(sum(this.#operations))} operations`;
    return `${seeds}, ${hours(this.#virtualMs)}, ${operations}, ${count.format(sum(this.#faults))} faults`;
  }

  /** All of it in some lines, with how fast it went. `elapsedMs`: of the real world. */
  summary(elapsedMs: number): string {
    const seconds = Math.max(elapsedMs, 1) / 1_000;
    const speed =
      `${count.format(sum(this.#operations) / seconds)} operations and ` +
      `${count.format(this.#events / seconds)} events a second, ` +
      `${count.format(this.#virtualMs / Math.max(elapsedMs, 1))} times as fast as time`;
    const operations = Object.entries(outcomes).map(
      ([kind, words]) => `${words} ${count.format(this.#operations.get(kind) ?? 0)}`,
    );
    const faults = [...this.#faults]
      .toSorted(([kind, times], [otherKind, otherTimes]) =>
        times === otherTimes ? (kind < otherKind ? -1 : 1) : otherTimes - times,
      )
      .map(([kind, times]) => `${kind} ${count.format(times)}`);
    return [
      this.line,
      `operations: ${operations.join(", ")}`,
      `faults: ${faults.length === 0 ? "none" : faults.join(", ")}`,
      `speed: ${speed} (${seconds.toFixed(1)} s)`,
    ].join("\n");
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, times: number): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}

const sum = (counts: ReadonlyMap<unknown, number>): number =>
  [...counts.values()].reduce((total, times) => total + times, 0);

const hours = (virtualMs: number): string => `${(virtualMs / 3_600_000).toFixed(1)} virtual hours`;
