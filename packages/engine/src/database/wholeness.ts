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
 *
 * A copy that begins at 0 needs no tombstone whose older values are gone. Who goes on from an older copy, with
 * this one as the leader, does: so the file says as well below which offset tombstones are missing.
 */
import { CatchingUpError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import type { LogOffset } from "../scalars.ts";
import { writeMissedRecords, type MissedRecords } from "../store/manifest.ts";

export interface WholenessOptions {
  /** Of the database, for messages. */
  readonly name: string;
  readonly fileSystem: FileSystem;
  /** The database's own. */
  readonly directory: string;
  /** What its file says. */
  readonly missed: MissedRecords;
  readonly highWatermark: () => LogOffset;
  /** Told when the offset has moved. */
  readonly onChange: () => void;
}

export class Wholeness {
  readonly #options: WholenessOptions;
  // Invariant: from ≤ durable.wholeFrom, as it is written before it counts.
  #from: LogOffset;
  #durable: MissedRecords;
  /** Undefined unless this node leads. */
  #reignStart: LogOffset | undefined;

  constructor(options: WholenessOptions) {
    this.#options = options;
    this.#from = options.missed.wholeFrom;
    this.#durable = options.missed;
  }

  /** From which high watermark on the copy is whole; 0 where it never missed anything. */
  get from(): LogOffset {
    const start = this.#reignStart;
    const leads = start !== undefined && this.#options.highWatermark() > start;
    return leads && start < this.#from ? start : this.#from;
  }

  /** What a copy of this copy misses, too. */
  get missed(): MissedRecords {
    return { wholeFrom: this.from, purgeFloor: this.#durable.purgeFloor };
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
   * Takes note, before they are appended, of what is missing among the next records; resolves when that is
   * durable.
   */
  async noteMissed(missed: MissedRecords): Promise<void> {
    const { fileSystem, directory } = this.#options;
    const { wholeFrom, purgeFloor } = this.#durable;
    if (missed.wholeFrom > wholeFrom || missed.purgeFloor > purgeFloor) {
      const durable = {
        wholeFrom: Math.max(missed.wholeFrom, wholeFrom) as LogOffset,
        purgeFloor: Math.max(missed.purgeFloor, purgeFloor) as LogOffset,
      };
      await writeMissedRecords(fileSystem, directory, durable);
      this.#durable = durable;
    }
    if (missed.wholeFrom > this.#from) this.#move(missed.wholeFrom);
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
