/**
 * The log of a database as replication changes it. Either its records are written here, in a reign that
 * began here, or they come from the node that leads; which of the two may change at any time.
 *
 *              beginEpoch
 *   follows ───────────────▶ leads        follows: appendReplicated, truncateTo
 *           ◀───────────────              leads:   writes
 *              stopWriting
 *
 * What was appended in a reign stays when it ends, above the high watermark as it may be: it is for the
 * next leader to say whether that is committed or cut off. So its writers are told that they cannot know.
 */
import type { Clock } from "../clock.ts";
import { NotWritableError } from "../errors.ts";
import type { ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { frameChecksum } from "../log/frame.ts";
import { truncateLog } from "../log/log-truncation.ts";
import type { Log } from "../log/log.ts";
import { decodeChunk } from "../log/record-chunk.ts";
import { batchEndOf, beginRecord, endRecord, nilValue } from "../log/record.ts";
import type { Epoch, LogOffset } from "../scalars.ts";
import type { GroupWriter } from "../write/group-writer.ts";
import type { PendingRecords } from "../write/pending-records.ts";

export interface ReplicatedLogOptions {
  /** Of the database, for messages. */
  readonly name: string;
  readonly log: Log;
  readonly writer: GroupWriter;
  readonly pending: PendingRecords;
  readonly clock: Clock;
  readonly highWatermark: () => LogOffset;
  /** Whether it leads from the first, as a log that nobody copies. */
  readonly leads: boolean;
  /** Throws where nothing is to be changed any more. */
  readonly assertOpen: () => void;
}

export class ReplicatedLog {
  readonly #options: ReplicatedLogOptions;
  readonly #log: Log;
  readonly #writer: GroupWriter;
  readonly #pending: PendingRecords;
  #leads: boolean;
  #isBeingCut = false;

  constructor(options: ReplicatedLogOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#writer = options.writer;
    this.#pending = options.pending;
    this.#leads = options.leads;
  }

  /** Throws NotWritableError unless records may be written here. */
  assertLeads(): void {
    if (!this.#leads) throw new NotWritableError(this.#options.name);
  }

  /** See OpenDatabase. */
  async beginEpoch(epoch: Epoch): Promise<LogOffset> {
    this.#options.assertOpen();
    this.#assertNotBeingCut();
    if (epoch <= this.#log.epochs.last) {
      throw new RangeError(`epoch ${epoch} is not beyond ${this.#log.epochs.last}`);
    }
    if (this.#writer.failure !== undefined) throw this.#writer.failure;
    this.#leads = true;
    const offset = this.#writer.nextOffset;
    const record = {
      kind: FrameKind.epoch,
      offset,
      epoch,
      timestamp: this.#options.clock.now(),
      expires: null,
      batchRemaining: 0,
      collection: "" as ByteString,
      key: "" as ByteString,
    };
    const group = this.#writer.openGroup;
    const { writer, place } = group;
    const start = beginRecord(writer, record);
    writer.raw(nilValue);
    endRecord(writer, start);
    const byteLength = writer.position - start;
    this.#pending.add({ ...record, batchEnd: offset, group: place, start, byteLength });
    this.#log.epochs.note(epoch, offset, frameChecksum(writer.bytes, start));
    group.needsSync = true;
    group.records++;
    this.#writer.commitOpenGroup((offset + 1) as LogOffset);
    await this.#writer.flushed();
    return offset;
  }

  /** Ends the reign; false where there is none. */
  stopWriting(): boolean {
    if (!this.#leads) return false;
    this.#leads = false;
    return true;
  }

  /** See OpenDatabase. */
  async append(bytes: Buffer, nextOffset: LogOffset): Promise<void> {
    this.#assertFollows();
    const records = decodeChunk(bytes, {
      firstOffset: this.#writer.nextOffset,
      lastEpoch: this.#log.epochs.last,
      nextOffset,
    });
    const group = this.#writer.openGroup;
    const { place } = group;
    const moved = group.writer.position;
    group.writer.raw(bytes);
    for (const { record, start, end } of records) {
      this.#log.epochs.note(record.epoch, record.offset, frameChecksum(bytes, start));
      // Written out, as copying the fields of another object takes several times as long.
      this.#pending.add({
        kind: record.kind,
        collection: record.collection,
        key: record.key,
        offset: record.offset,
        batchEnd: batchEndOf(record),
        expires: record.expires,
        group: place,
        start: moved + start,
        byteLength: end - start,
      });
    }
    group.needsSync = true;
    group.records += records.length;
    this.#writer.commitOpenGroup(nextOffset);
    await this.#writer.flushed();
  }

  /** See OpenDatabase. */
  async truncateTo(offset: LogOffset): Promise<void> {
    this.#assertFollows();
    await this.idle();
    this.#assertFollows();
    const { name, highWatermark } = this.#options;
    const committed = highWatermark();
    if (offset < committed) {
      throw new RangeError(
        `the log of "${name}" cannot be cut at offset ${offset}: all below the high watermark ` +
          `${committed} is committed`,
      );
    }
    const split = this.#pending.batchAcross(offset);
    if (split !== undefined) {
      throw new RangeError(
        `the log of "${name}" cannot be cut at offset ${offset}: it lies within a batch that ` +
          `ends with offset ${split.batchEnd}`,
      );
    }
    if (offset >= this.#log.endOffset) return;
    this.#isBeingCut = true;
    try {
      this.#pending.dropFrom(offset);
      this.#log.epochs.cut(offset);
      await this.#writer.rewind(() => truncateLog(this.#log, offset, committed));
    } finally {
      this.#isBeingCut = false;
    }
  }

  /** Resolves when nothing is on its way to the disk; rejects where nothing can be written any more. */
  async idle(): Promise<void> {
    do await this.#writer.idle();
    while (!this.#writer.isIdle);
  }

  #assertFollows(): void {
    this.#options.assertOpen();
    if (this.#leads) {
      throw new Error("assertion failed: nobody but its leader changes the log of a leader");
    }
    this.#assertNotBeingCut();
  }

  #assertNotBeingCut(): void {
    if (this.#isBeingCut) {
      throw new Error("assertion failed: the log does not change while it is being cut");
    }
  }
}
