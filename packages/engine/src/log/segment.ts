import type { FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset, TimestampMs } from "../scalars.ts";

import { BlockTable } from "./block-table.ts";
import { ExpirySchedule } from "./expiry-schedule.ts";
import { parseSegmentFileName, type SegmentName } from "./segment-name.ts";

/** Where in a segment reading may begin so as not to miss `offset`. */
export interface Place {
  /** The log's end before the group at `position`. */
  readonly offset: LogOffset;
  readonly position: BytePosition;
}

/** What the index keeps of a record outside of its pages. */
export interface UnusualRecord {
  readonly byteLength: number;
  readonly expires: TimestampMs | null;
}

/** How many bytes of a segment lie between two remembered places. */
const placeBytes = 64 << 10;

/**
 * One file of the log, open. Counts what is in it, remembers places to read from, and stays open
 * until the last of its readers has released it, even when compaction has removed its name.
 */
export class Segment {
  readonly path: string;
  readonly baseOffset: LogOffset;
  /** See SegmentHeader. */
  readonly purgeFloor: LogOffset;
  /** Where the first group begins. */
  readonly groupsStart: BytePosition;
  /** Made by compaction. */
  readonly isCompacted: boolean;
  /** See SegmentHeader. */
  readonly revision: number;

  // Invariant: groupsStart ≤ syncedBytes, acceptedBytes ≤ byteSize; baseOffset ≤ endOffset.
  /** Bytes of the file that hold groups that were written. */
  byteSize: BytePosition;
  /** Bytes of the file that are known to be durable. */
  syncedBytes: BytePosition;
  /** Bytes of the file that a later group says were durable when it was written. */
  vouchedBytes: BytePosition;
  /** Bytes of the file that hold groups that are as durable as their writers asked for. */
  acceptedBytes: BytePosition;
  /** The offset after the last record, or after the gap behind it. */
  endOffset: LogOffset;

  /** Bytes of all records, their frames included. */
  recordBytes = 0;
  /** Bytes of the records that must stay: newest values, epochs, tombstones. */
  liveBytes = 0;
  /** Bytes of tombstones among the live ones. */
  tombstoneBytes = 0;
  /**
   * No PUT record in it was replaced by a record below this offset; undefined where none was replaced.
   * A record that hides older ones and stands below it has nothing to hide here.
   */
  staleSince: LogOffset | undefined;
  /** When those of the live records of users expire that do. */
  readonly expiries = new ExpirySchedule();
  /** When the live notes expire (see batch-note.ts). Apart, as they may go where values have to stay. */
  readonly noteExpiries = new ExpirySchedule();
  /** Keys whose newest value stands here: how often the index refers to it. */
  keys = 0;

  /** Records that are long or expire, by position: what the index has no room for. */
  readonly unusualRecords = new Map<BytePosition, UnusualRecord>();

  /** Which of its blocks are in memory. */
  readonly cachedBlocks = new BlockTable();

  #file: FileHandle;
  /** Files that this one was in before it was cut, for those who may still read them. */
  #formerFiles: FileHandle[] = [];
  readonly #places: Place[] = [];
  #readers = 1;
  readonly #closings: Promise<void>[] = [];

  constructor(fields: {
    readonly path: string;
    readonly file: FileHandle;
    readonly baseOffset: LogOffset;
    readonly purgeFloor: LogOffset;
    readonly groupsStart: BytePosition;
    readonly isCompacted: boolean;
    readonly revision: number;
  }) {
    this.path = fields.path;
    this.#file = fields.file;
    this.baseOffset = fields.baseOffset;
    this.purgeFloor = fields.purgeFloor;
    this.groupsStart = fields.groupsStart;
    this.isCompacted = fields.isCompacted;
    this.revision = fields.revision;
    this.byteSize = fields.groupsStart;
    this.syncedBytes = fields.groupsStart;
    this.vouchedBytes = fields.groupsStart;
    this.acceptedBytes = fields.groupsStart;
    this.endOffset = fields.baseOffset;
  }

  /** What it is read from, and written to while it is active. Truncation may put another in its place. */
  get file(): FileHandle {
    return this.#file;
  }

  /** Takes note of a group that was written at `position` and ends the segment at `endPosition`. */
  addGroup(position: BytePosition, endPosition: BytePosition, nextOffset: LogOffset): void {
    this.noteGroup(position, nextOffset);
    this.byteSize = endPosition;
  }

  /** Takes note of a group at `position` that was there before, in a file whose size is known. */
  noteGroup(position: BytePosition, nextOffset: LogOffset): void {
    const last = this.#places.at(-1);
    if (last === undefined || position - last.position >= placeBytes) {
      this.#places.push({ offset: this.endOffset, position });
    }
    this.endOffset = nextOffset;
  }

  /** Takes note that a PUT record in it was replaced by the record at `offset`, or a later one. */
  noteStale(offset: LogOffset): void {
    if (this.staleSince === undefined || offset < this.staleSince) this.staleSince = offset;
  }

  /** Takes note that the file is complete and durable, though its groups are not known yet. */
  markWhole(byteSize: BytePosition): void {
    this.byteSize = byteSize;
    this.markSynced(byteSize);
  }

  /** Takes note that all that was written so far is durable. */
  markSynced(byteSize: BytePosition): void {
    this.syncedBytes = byteSize;
    this.acceptedBytes = byteSize;
  }

  /** What the name of its file tells. */
  get name(): SegmentName {
    const name = parseSegmentFileName(this.path.slice(this.path.lastIndexOf("/") + 1));
    if (name === undefined) throw new Error(`assertion failed: ${this.path} is a segment`);
    return name;
  }

  /** Places to read from, in their order. */
  get places(): readonly Place[] {
    return this.#places;
  }

  /**
   * Takes over what is known of the groups before `byteSize`, which are durable, so that they need not
   * be read.
   */
  restore(known: {
    readonly byteSize: BytePosition;
    readonly endOffset: LogOffset;
    readonly places: readonly Place[];
  }): void {
    this.#places.push(...known.places);
    this.byteSize = known.byteSize;
    this.endOffset = known.endOffset;
    this.vouchedBytes = known.byteSize;
    this.markSynced(known.byteSize);
  }

  /**
   * Takes note that all from byte `byteSize` on was cut off, so that it ends at `endOffset`, and that the
   * rest is durable. Where it was written anew, `file` is what it is in from now on.
   */
  cut(byteSize: BytePosition, endOffset: LogOffset, file = this.#file): void {
    const isCutOff = (place: Place | undefined): boolean =>
      place !== undefined && place.position >= byteSize;
    while (isCutOff(this.#places.at(-1))) this.#places.pop();
    this.byteSize = byteSize;
    this.endOffset = endOffset;
    this.markSynced(byteSize);
    if (this.vouchedBytes > byteSize) this.vouchedBytes = byteSize;
    if (file !== this.#file) {
      this.#formerFiles.push(this.#file);
      this.#file = file;
      this.#closeFormerFiles();
    }
  }

  /** The last remembered place at or before `offset`. */
  placeOf(offset: LogOffset): Place {
    const places = this.#places;
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const place = places[middle];
      if (place !== undefined && place.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return places[low - 1] ?? { offset: this.baseOffset, position: this.groupsStart };
  }

  /** Keeps the file open until `release`. */
  acquire(): void {
    this.#readers++;
  }

  /** Ends an `acquire`, or the log's own hold; the last one closes the file. */
  release(): void {
    this.#readers--;
    this.#closeFormerFiles();
    if (this.#readers === 0) this.#closings.push(this.#file.close());
  }

  /** Whether the last reader has released it, so that nobody refers to it any more. */
  get isClosed(): boolean {
    return this.#readers === 0;
  }

  /** Resolves when the file is closed, if the last reader has released it. */
  async closed(): Promise<void> {
    await Promise.all(this.#closings);
  }

  /** Lets go of the former files, once nobody reads but whoever begins now. */
  #closeFormerFiles(): void {
    if (this.#readers > 1) return;
    for (const file of this.#formerFiles.splice(0)) this.#closings.push(file.close());
  }
}
