import type { Epoch, LogOffset } from "../scalars.ts";

/** A reign, and the offset of the first record that it wrote. */
export interface EpochStart {
  readonly epoch: Epoch;
  readonly startOffset: LogOffset;
}

/** The reigns whose records stand in a log, oldest first. Both columns rise strictly. */
export class EpochTable {
  readonly #starts: EpochStart[] = [];

  /** The newest epoch, or 0 where the log is empty. */
  get last(): Epoch {
    return this.#starts.at(-1)?.epoch ?? (0 as Epoch);
  }

  get starts(): readonly EpochStart[] {
    return this.#starts;
  }

  /** Takes note of a record. */
  note(epoch: Epoch, offset: LogOffset): void {
    if (epoch > this.last) this.#starts.push({ epoch, startOffset: offset });
  }

  /** The epoch of the record before `offset`; 0 where there is none. */
  epochBefore(offset: LogOffset): Epoch {
    return this.#starts.findLast((start) => start.startOffset < offset)?.epoch ?? (0 as Epoch);
  }

  /**
   * Where the records of `epoch`, or of the newest epoch before it that this log knows, end: the
   * start of the next one, or `logEnd`.
   */
  endOf(epoch: Epoch, logEnd: LogOffset): EpochStart & { readonly endOffset: LogOffset } {
    const index = this.#starts.findLastIndex((start) => start.epoch <= epoch);
    const start = this.#starts[index] ?? { epoch: 0 as Epoch, startOffset: 0 as LogOffset };
    return { ...start, endOffset: this.#starts[index + 1]?.startOffset ?? logEnd };
  }
}
