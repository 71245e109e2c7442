import type { LogOffset } from "@boxerdb/engine";

import type { NodeClock } from "../node-clock.ts";

/** How fast a copy comes on. */
export interface CatchUp {
  /** Records that came in a second, of late; undefined before that can be said. */
  readonly recordsPerSecond: number | undefined;
  /**
   * When it will have all, if both it and the writers go on like this. Milliseconds; undefined where it
   * does not get nearer, or that cannot be said yet.
   */
  readonly remainingMs: number | undefined;
}

/** Where a copy and its leader were at one time. */
interface Sample {
  readonly atMs: number;
  readonly position: LogOffset;
  readonly end: LogOffset;
}

/** Samples are not taken more often. */
const sampleEveryMs = 500;

/** What is longer ago says nothing about the pace of now. */
const windowMs = 10_000;

/** Watches how a copy, which ends at `position`, comes nearer to its leader, whose log ends at `end`. */
export class CatchUpPace {
  readonly #clock: NodeClock;
  // Invariant: the oldest first; all but the first are within the window.
  #samples: Sample[] = [];

  constructor(clock: NodeClock) {
    this.#clock = clock;
  }

  note(position: LogOffset, end: LogOffset): void {
    const atMs = this.#clock.monotonicMs();
    const last = this.#samples.at(-1);
    if (last !== undefined && position < last.position) this.#samples = []; // It was cut, or begun anew.
    else if (last !== undefined && atMs - last.atMs < sampleEveryMs) return;
    this.#samples.push({ atMs, position, end });
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - windowMs) this.#samples.shift();
  }

  pace(position: LogOffset, end: LogOffset): CatchUp {
    const [base] = this.#samples;
    const elapsedMs = base === undefined ? 0 : this.#clock.monotonicMs() - base.atMs;
    const left = Math.max(0, end - position);
    if (base === undefined || elapsedMs < sampleEveryMs || position < base.position) {
      return { recordsPerSecond: undefined, remainingMs: left === 0 ? 0 : undefined };
    }
    const came = position - base.position;
    const nearer = came - (end - base.end);
    return {
      recordsPerSecond: (came * 1000) / elapsedMs,
      remainingMs: left === 0 ? 0 : nearer > 0 ? (left * elapsedMs) / nearer : undefined,
    };
  }
}
