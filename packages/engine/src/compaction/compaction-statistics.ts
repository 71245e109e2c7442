import type { LogOffset } from "../scalars.ts";

/** What compaction is doing now. */
export interface CompactionProgress {
  /** The run of segments that is rewritten: its offsets, the end exclusive, and how many segments it has. */
  readonly baseOffset: LogOffset;
  readonly endOffset: LogOffset;
  readonly segments: number;
  /** `rewriting`: the run is read and written anew. `relocating`: the index is moved to what was written. */
  readonly phase: "rewriting" | "relocating";
  /** Bytes of files to read in this phase, and how many have been. */
  readonly totalBytes: number;
  readonly readBytes: number;
  /** Bytes of the file that takes the place of the run. */
  readonly writtenBytes: number;
}

/** What compaction has done since the database was opened. Sizes in bytes of files. */
export interface CompactionStatus {
  /** Runs that are done. */
  readonly runs: number;
  /** Runs that have failed. Nothing is lost by that. */
  readonly failures: number;
  /** Of the runs that are done: what they have read, what they have written in its place, the difference. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reclaimedBytes: number;
  /**
   * Bytes written to segment files, by writers and by compaction, for each byte of records that writers
   * have written. Undefined before the first one.
   */
  readonly writeAmplification: number | undefined;
  /**
   * How near the files are to twice the live data, the bound that is kept: 0 where nothing presses; from 1
   * on writers are let in no faster than compaction frees. Told while it works, 0 else.
   */
  readonly debt: number;
  /** How often writers were kept back for that, and whether they are now. */
  readonly throttles: number;
  readonly isThrottling: boolean;
  /** What is going on now; undefined where nothing is. */
  readonly running: CompactionProgress | undefined;
}

/** Counts what compaction does. */
export class CompactionStatistics {
  runs = 0;
  failures = 0;
  throttles = 0;
  readBytes = 0;
  /** What runs have written that are done. */
  writtenBytes = 0;
  reclaimedBytes = 0;
  /** What all runs have written, those that failed included. */
  outputBytes = 0;
  /** Of the files that have been replaced and are not removed yet. */
  replacedBytes = 0;
  #running: CompactionProgress | undefined;
  #keptBytes = 0;

  get running(): CompactionProgress | undefined {
    return this.#running;
  }

  /** Bytes of files that are there besides those of the log. */
  get extraBytes(): number {
    return (this.#running?.writtenBytes ?? 0) + this.replacedBytes;
  }

  /** What the run that is going on has still to read, in both phases, and to write, at most. */
  get remaining(): { readonly readBytes: number; readonly writtenBytes: number } {
    if (this.#running === undefined) return { readBytes: 0, writtenBytes: 0 };
    const { phase, totalBytes, readBytes, writtenBytes } = this.#running;
    const left = totalBytes - readBytes;
    if (phase === "relocating") return { readBytes: left, writtenBytes: 0 };
    const unwritten = Math.max(0, this.#keptBytes - writtenBytes);
    return { readBytes: left + this.#keptBytes, writtenBytes: unwritten };
  }

  /** A run begins to be rewritten, of which so many bytes of records will stay at most. */
  begin(
    run: Pick<CompactionProgress, "baseOffset" | "endOffset" | "segments" | "totalBytes">,
    keptBytes: number,
  ): void {
    this.#running = { ...run, phase: "rewriting", readBytes: 0, writtenBytes: 0 };
    this.#keptBytes = keptBytes;
  }

  /** So many bytes more have been read; so many have been written in all. */
  advance(readBytes: number, writtenBytes: number): void {
    const running = this.#running;
    if (running === undefined) return;
    this.outputBytes += writtenBytes - running.writtenBytes;
    this.#running = { ...running, readBytes: running.readBytes + readBytes, writtenBytes };
  }

  /** What was written is in force, and the index is moved to it. */
  relocate(totalBytes: number): void {
    if (this.#running === undefined) return;
    this.#running = { ...this.#running, phase: "relocating", totalBytes, readBytes: 0 };
  }

  /** A run is done, but that what it replaced is still to be removed. */
  finish(bytesBefore: number, bytesAfter: number): void {
    this.runs++;
    this.readBytes += bytesBefore;
    this.writtenBytes += bytesAfter;
    this.reclaimedBytes += bytesBefore - bytesAfter;
    this.replacedBytes = bytesBefore;
    this.#running = undefined;
  }

  /** A run was given up, for a failure or because the database is being closed. */
  giveUp(hasFailed: boolean): void {
    if (hasFailed) this.failures++;
    this.#running = undefined;
  }
}
