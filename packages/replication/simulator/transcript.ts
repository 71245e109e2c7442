import { crc32 } from "node:zlib";

import type { SimulatedTime } from "./time/simulated-time.ts";

/** What is kept of a transcript: nothing, all, or as many lines as were written last. */
export type Keeping = "nothing" | "all" | { readonly last: number };

/** What was written of a run. */
export interface TranscriptReport {
  /** How many lines were written, those that are not kept included. */
  readonly count: number;
  /** A checksum of all lines: where two runs differ, so do these, but for an accident in 4 billion. */
  readonly fingerprint: string;
  /** What is kept, in order. */
  readonly lines: readonly string[];
}

/**
 * What happened in a run, line by line: virtual time, who, what. Two runs of one seed have the same, to
 * the byte; so nothing may be noted that differs between them, such as an address of the real machine.
 */
export class Transcript {
  readonly #time: SimulatedTime;
  readonly #keeping: Keeping;
  #lines: string[] = [];
  #count = 0;
  #fingerprint = 0;

  constructor(time: SimulatedTime, keeping: Keeping = "nothing") {
    this.#time = time;
    this.#keeping = keeping;
  }

  /** Notes what happened to `who`: the name of a node or a client, or of a part such as "network". */
  note(who: string, what: string): void {
    const line = `${this.#time.nowMs.toFixed(3).padStart(12)}  ${who.padEnd(8)}  ${what}`;
    this.#count += 1;
    this.#fingerprint = crc32(line, this.#fingerprint);
    if (this.#keeping === "nothing") return;
    this.#lines.push(line);
    // Cut now and then only, as every cut costs what is kept.
    if (this.#keeping !== "all" && this.#lines.length > 2 * this.#keeping.last) {
      this.#lines = newest(this.#lines, this.#keeping.last);
    }
  }

  /** What is written by now. */
  get report(): TranscriptReport {
    return {
      count: this.#count,
      fingerprint: this.#fingerprint.toString(16).padStart(8, "0"),
      lines:
        typeof this.#keeping === "string" ? this.#lines : newest(this.#lines, this.#keeping.last),
    };
  }
}

const newest = (lines: string[], count: number): string[] =>
  lines.slice(Math.max(0, lines.length - count));
