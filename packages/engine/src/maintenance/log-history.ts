import { HistoryCompactedError, InvalidOptionError } from "../errors.ts";
import type { GroupHeader } from "../log/group-header.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

/**
 * Where a replay ends. `offset`: all records below it are replayed, but for a batch that reaches beyond
 * it. `time`: in the order of the log, all records before the first one that was written later than
 * that, even where one behind it has an earlier time, as after a clock was set back.
 */
export type ReplayEnd = { readonly offset: LogOffset } | { readonly time: TimestampMs };

/**
 * What is known of a log's past. Compaction leaves values out because of newer ones, which may stand
 * anywhere below the high watermark of that time; its groups tell that watermark. From the greatest of
 * them on, the state at every offset is exact. Before, a value may be missing that was newest then.
 */
export class LogHistory {
  readonly #database: string;
  readonly #until: ReplayEnd;
  #earliestOffset = 0 as LogOffset;
  // The greatest of the records below the earliest offset.
  #earliestTime = 0 as TimestampMs;
  // Of the first record from the earliest offset on that was written after the time that is asked for.
  #laterOffset: LogOffset | undefined;

  constructor(database: string, until: ReplayEnd) {
    this.#database = database;
    this.#until = until;
  }

  /** Takes note of a group that compaction has written: all of them, before any record. */
  noteCompacted({ highWatermark, nextOffset }: GroupHeader): void {
    const offset = Math.max(this.#earliestOffset, highWatermark, nextOffset);
    this.#earliestOffset = offset as LogOffset;
  }

  /** Takes note that compaction of the leader's log has gone by what stands below `offset`. */
  noteMissed(offset: LogOffset): void {
    if (offset > this.#earliestOffset) this.#earliestOffset = offset;
  }

  /** Takes note of a record. Records come in the order of their offsets. */
  noteRecord({ offset, timestamp }: Pick<RecordEnvelope, "offset" | "timestamp">): void {
    if (offset < this.#earliestOffset) {
      if (timestamp > this.#earliestTime) this.#earliestTime = timestamp;
    } else if ("time" in this.#until && timestamp > this.#until.time) {
      this.#laterOffset ??= offset;
    }
  }

  /**
   * The offset below which all is to be replayed, of a log that ends at `endOffset`. Where compaction was
   * at work, a time before that of any record below the earliest offset is refused, and later ones are
   * looked for from there on. Throws HistoryCompactedError; InvalidOptionError beyond the log's end.
   */
  end(endOffset: LogOffset): LogOffset {
    const until = this.#until;
    if ("time" in until) {
      if (this.#earliestOffset > 0 && until.time < this.#earliestTime) throw this.#tooEarly();
      return this.#laterOffset ?? endOffset;
    }
    if (until.offset > endOffset) {
      throw new InvalidOptionError(
        `the log of database "${this.#database}" ends at offset ${endOffset}: it was never at ` +
          `${until.offset}`,
      );
    }
    if (until.offset < this.#earliestOffset) throw this.#tooEarly();
    return until.offset;
  }

  #tooEarly(): HistoryCompactedError {
    return new HistoryCompactedError({
      database: this.#database,
      earliestOffset: this.#earliestOffset,
      earliestTime: this.#earliestTime,
    });
  }
}
