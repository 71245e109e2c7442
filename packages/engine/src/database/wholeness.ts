/**
 * Whether a copy of a log shows a state that its leader was in.
 *
 * Compaction on the leader drops a record once a later one of its key is committed. A copy that comes by
 * after that gets the later one and not the dropped one, so between the two it would show a value that was
 * already replaced, or none. It is whole again when it has all for whose sake records were dropped:
 *
 *     leader    100: k=a   120: k=b   150: k=c     drops 120 when all below 151 is committed
 *     copy      has all below 110, and then gets 150 without 120
 *
 * It would show k=a where k=b was. It is whole again at a high watermark of 151.
 *
 * The offset is kept in the file `WHOLE` before any record is appended that comes behind a gap, and never
 * removed: it means something only beside the high watermark, and what is recovered of that after a crash
 * may lie below the offset again. Where the file is damaged, the database is damaged.
 */
import { CatchingUpError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import type { LogOffset } from "../scalars.ts";
import { writeWholeFrom } from "../store/manifest.ts";

export interface WholenessOptions {
  /** Of the database, for messages. */
  readonly name: string;
  readonly fileSystem: FileSystem;
  /** The database's own. */
  readonly directory: string;
  /** What its file says; 0 where there is none. */
  readonly wholeFrom: LogOffset;
  readonly highWatermark: () => LogOffset;
  /** Told when the offset has moved. */
  readonly onChange: () => void;
}

export class Wholeness {
  readonly #options: WholenessOptions;
  // Invariant: from ≤ durableFrom, as it is written before it counts.
  #from: LogOffset;
  #durableFrom: LogOffset;
  /** Undefined unless this node leads. */
  #reignStart: LogOffset | undefined;

  constructor(options: WholenessOptions) {
    this.#options = options;
    this.#from = options.wholeFrom;
    this.#durableFrom = options.wholeFrom;
  }

  /** From which high watermark on the copy is whole; 0 where it never missed anything. */
  get from(): LogOffset {
    const start = this.#reignStart;
    const leads = start !== undefined && this.#options.highWatermark() > start;
    return leads && start < this.#from ? start : this.#from;
  }

  /** Whether what it shows now is a state that its leader was in. */
  get isWhole(): boolean {
    return this.#options.highWatermark() >= this.from;
  }

  /** What to tell those who read it; undefined where it is whole. */
  get catchingUp(): CatchingUpError | undefined {
    if (this.isWhole) return undefined;
    return new CatchingUpError(this.#options.name, this.#options.highWatermark(), this.from);
  }

  /** Throws CatchingUpError unless it is whole. */
  assertWhole(): void {
    const { catchingUp } = this;
    if (catchingUp !== undefined) throw catchingUp;
  }

  /**
   * Takes note, before they are appended, that among the next records some are missing which were dropped
   * for the sake of others below `offset`; resolves when that is durable.
   */
  async noteMissed(offset: LogOffset): Promise<void> {
    const { fileSystem, directory } = this.#options;
    if (offset > this.#durableFrom) {
      await writeWholeFrom(fileSystem, directory, offset);
      this.#durableFrom = offset;
    }
    if (offset > this.#from) this.#move(offset);
  }

  /**
   * Takes note that what is committed ends at `offset`, where a leader's log does. Compaction goes by nothing
   * else, so a copy that reaches as far is whole. It lies below what was noted only where somebody leads who
   * did not have everything, as an operator has decided.
   */
  noteCommittedEnd(offset: LogOffset): void {
    if (offset < this.#from) this.#move(offset);
  }

  /** Takes note that a reign begins here, with the record at `offset`. When that is committed, the log is what counts. */
  beginReign(offset: LogOffset): void {
    this.#reignStart = offset;
  }

  /** Takes note that the reign has ended. If nothing of it is committed, another's log counts. */
  endReign(): void {
    this.#from = this.from;
    this.#reignStart = undefined;
  }

  #move(offset: LogOffset): void {
    this.#from = offset;
    this.#options.onChange();
  }
}
