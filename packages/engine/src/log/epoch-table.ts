import type { Epoch, LogOffset } from "../scalars.ts";

/** A reign, and the first record that it wrote. */
export interface EpochStart {
  readonly epoch: Epoch;
  readonly startOffset: LogOffset;
  /**
   * The CRC of that record's frame, which holds its time too: what tells two reigns apart that were
   * given the same epoch, as after an old copy of a log was brought back.
   */
  readonly checksum: number;
}

const beforeAll: EpochStart = { epoch: 0 as Epoch, startOffset: 0 as LogOffset, checksum: 0 };

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

  /** Takes note of a record and of the CRC of its frame. */
  note(epoch: Epoch, offset: LogOffset, checksum: number): void {
    if (epoch > this.last) this.#starts.push({ epoch, startOffset: offset, checksum });
  }

  /** Forgets the reigns whose records all stood at `end` or behind it, and were cut off. */
  cut(end: LogOffset): void {
    const kept = this.#starts.findLastIndex((start) => start.startOffset < end) + 1;
    this.#starts.length = kept;
  }

  /** The reign of the record before `offset`; epoch 0 where there is none. */
  startBefore(offset: LogOffset): EpochStart {
    return this.#starts.findLast((start) => start.startOffset < offset) ?? beforeAll;
  }

  /**
   * Where the records of `epoch`, or of the newest epoch before it that this log knows, end: the
   * start of the next one, or `logEnd`.
   */
  endOf(epoch: Epoch, logEnd: LogOffset): { readonly epoch: Epoch; readonly endOffset: LogOffset } {
    const index = this.#starts.findLastIndex((start) => start.epoch <= epoch);
    return {
      epoch: this.#starts[index]?.epoch ?? beforeAll.epoch,
      endOffset: this.#starts[index + 1]?.startOffset ?? logEnd,
    };
  }
}
