/**
 * The log of one database: its segment files, in order of offsets. Only the last one, the active
 * segment, is written to; the others are sealed and change only by compaction, which replaces them
 * as a whole.
 *
 * One caller at a time appends, syncs and replaces; any number read.
 */
import { CorruptionError } from "../errors.ts";
import { writeFully, type FileHandle, type FileSystem } from "../filesystem/filesystem.ts";
import type { Durability } from "../options.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";
import type { MissedRecords } from "../store/manifest.ts";

import type { BlockCache, FoundBytes } from "./block-cache.ts";
import type { EpochTable } from "./epoch-table.ts";
import { groupHeaderBytes, writeGroupHeader } from "./group-header.ts";
import { LogTail } from "./log-tail.ts";
import { PreparedSpace } from "./prepared-space.ts";
import { readRawGroups } from "./raw-groups.ts";
import { encodeSegmentHeader, type SegmentHeader } from "./segment-header.ts";
import { segmentFileName } from "./segment-name.ts";
import { Segment } from "./segment.ts";

/** What identifies a log and says where and how it is kept. */
export interface LogIdentity {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly databaseId: string;
  readonly logId: number;
  /** Where single records are read through. */
  readonly blockCache: BlockCache;
  /** Notes durably, outside of the segments, that all below an offset is durable in them. */
  readonly noteEnd: (endOffset: LogOffset) => Promise<void>;
  /** Told of the first damage that is found while the log is open. */
  readonly onDamage: (error: CorruptionError) => void;
  /** A segment is sealed when the next group would make it longer than this, or than `Log.sealBytes`. */
  readonly segmentBytes: number;
}

/** Records to append together. The first `groupHeaderBytes` of `bytes` are left free for the header. */
export interface Group {
  readonly bytes: Buffer;
  readonly nextOffset: LogOffset;
}

/** How a group is written. */
export interface AppendTerms {
  /** Stored with the group. */
  readonly highWatermark: LogOffset;
  readonly durability: Durability;
  /** Told when the group is offered to those who copy the log (see Log.offeredOffset), if it is. */
  readonly onOffered: () => void;
}

/** Where a record stands. */
export interface RecordPlace {
  readonly segment: Segment;
  readonly position: BytePosition;
  /** The length of its frame. */
  readonly byteLength: number;
}

/** Raw records as they stand in the log, and the offset from which to read on. */
export interface RecordChunk {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly nextOffset: LogOffset;
}

export class Log {
  readonly identity: LogIdentity;
  readonly epochs: EpochTable;
  // Invariant: never empty; each segment's endOffset is the next one's baseOffset.
  readonly #segments: Segment[];
  // To replace others; the index may refer to it already.
  #replacement: Segment | undefined;
  // Invariant: acceptedOffset ≤ endOffset.
  #acceptedOffset: LogOffset;
  #damage: CorruptionError | undefined;
  #compactedTo = 0 as LogOffset;
  #missedTombstonesBelow = 0 as LogOffset;
  /** From when somebody begins to copy the log. */
  #tail: LogTail | undefined;
  /** Behind the active segment's groups. */
  #space: PreparedSpace;
  /** See LogIdentity.segmentBytes. Compaction lowers it where the log is overwritten (segment-target.ts). */
  sealBytes: number;
  /** Bytes of groups that were appended since the log was opened, and of the records in them. */
  appendedBytes = 0;
  appendedRecordBytes = 0;

  /** Takes over segments that are open, whole and durable (see log-recovery.ts). */
  constructor(identity: LogIdentity, segments: Segment[], epochs: EpochTable) {
    this.identity = identity;
    this.epochs = epochs;
    this.#segments = segments;
    this.#acceptedOffset = this.active.endOffset;
    this.#space = new PreparedSpace(this.active, identity.segmentBytes);
    this.sealBytes = identity.segmentBytes;
  }

  /** All segments, by base offset; the last one is active. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** All segments that the index may refer to: those of the log, and one that is to replace others. */
  get readableSegments(): readonly Segment[] {
    return this.#replacement === undefined
      ? this.#segments.slice()
      : [...this.#segments, this.#replacement];
  }

  get active(): Segment {
    const last = this.#segments.at(-1);
    if (last === undefined) throw new Error("assertion failed: a log has at least one segment");
    return last;
  }

  /** The offset that the next record gets. */
  get endOffset(): LogOffset {
    return this.active.endOffset;
  }

  /** All records below it are as durable on this node as their writers asked for: as a rule, synced. */
  get acceptedOffset(): LogOffset {
    return this.#acceptedOffset;
  }

  /**
   * All records below it are offered to those who copy the log: what is accepted, and the newest group that
   * is on its way to the disk, so that copies are made durable at the same time. Either that group will be
   * accepted as it is, or nothing will be written to this log any more.
   */
  get offeredOffset(): LogOffset {
    return Math.max(this.#acceptedOffset, this.#tail?.endOffset ?? 0) as LogOffset;
  }

  /**
   * Compaction has dropped tombstones below it, here or where this log was copied from: who resumes below must
   * start from 0.
   */
  get purgeFloor(): LogOffset {
    const floors = this.#segments.map((segment) => segment.purgeFloor);
    return Math.max(this.#missedTombstonesBelow, ...floors) as LogOffset;
  }

  /**
   * Who reads the log up to here or farther misses nothing: compaction has dropped records for the sake of
   * others below this offset. Who opens it must say what was done before.
   */
  get compactedTo(): LogOffset {
    return this.#compactedTo;
  }

  /** Takes note that there are no records any more which were dropped for the sake of others below an offset. */
  noteCompacted(compactedTo: LogOffset): void {
    if (compactedTo > this.#compactedTo) this.#compactedTo = compactedTo;
  }

  /** Takes note of what is missing here that compaction has dropped where this log was copied from. */
  noteMissed({ wholeFrom, purgeFloor }: MissedRecords): void {
    this.noteCompacted(wholeFrom);
    if (purgeFloor > this.#missedTombstonesBelow) this.#missedTombstonesBelow = purgeFloor;
  }

  /** The first damage that was found since it was opened; undefined where none was. */
  get damage(): CorruptionError | undefined {
    return this.#damage;
  }

  /** Takes note of damage that a reader has found; returns its error, to be thrown. */
  damaged(path: string, position: number, reason: string, cause?: unknown): CorruptionError {
    const error = new CorruptionError(path, position, reason, { cause });
    this.noteDamage(error);
    return error;
  }

  /** As `damaged`, of an error that was made elsewhere. */
  noteDamage(error: CorruptionError): void {
    if (this.#damage !== undefined) return;
    this.#damage = error;
    this.identity.onDamage(error);
  }

  /**
   * Writes a group at the end, sealing the active segment first where it is full, and accepts it: when it
   * is durable, with all before it, or else as it is. Resolves to where the group's first byte stands.
   * After a rejection the log must not be used for writing again.
   */
  async append(
    group: Group,
    { highWatermark, durability, onOffered }: AppendTerms,
  ): Promise<{ readonly segment: Segment; readonly position: BytePosition }> {
    const sealBytes = Math.min(this.sealBytes, this.identity.segmentBytes);
    // A segment without records is never sealed, whatever seals stand in it: the next one would have
    // the same base offset, so the same name.
    const isEmpty = this.active.endOffset === this.active.baseOffset;
    if (!isEmpty && this.active.byteSize + group.bytes.byteLength > sealBytes) {
      await this.#roll();
    }
    const segment = this.active;
    const position = segment.byteSize;
    const recordBytes = group.bytes.byteLength - groupHeaderBytes;
    writeGroupHeader(group.bytes, 0, {
      logId: this.identity.logId,
      position,
      syncedUpTo: segment.syncedBytes,
      recordBytes,
      nextOffset: group.nextOffset,
      highWatermark,
    });
    const endPosition = (position + group.bytes.byteLength) as BytePosition;
    await this.#space.admit(endPosition);
    // In one step, if it is only this group that is not durable yet.
    const inOneStep = durability === "disk" && segment.syncedBytes === position;
    const writing = inOneStep
      ? segment.file.writeDurably(group.bytes, position)
      : writeFully(segment.file, group.bytes, position);
    if (this.#tail !== undefined && group.nextOffset > segment.endOffset) {
      const records = Buffer.from(group.bytes.subarray(groupHeaderBytes));
      this.#tail.add(segment.endOffset, group.nextOffset, records);
      onOffered();
    }
    await writing;
    segment.addGroup(position, endPosition, group.nextOffset);
    this.appendedBytes += group.bytes.byteLength;
    this.appendedRecordBytes += recordBytes;
    this.identity.blockCache.noteWritten(segment, position, group.bytes);
    if (inOneStep) segment.markSynced(endPosition);
    if (durability === "disk") await this.sync();
    else this.#acceptUnsynced();
    this.#space.extend(group.bytes.byteLength);
    return { segment, position };
  }

  /** Makes all that was appended before the call durable. */
  async sync(): Promise<void> {
    const segment = this.active;
    const { byteSize, endOffset } = segment;
    if (segment.syncedBytes < byteSize) {
      await this.#datasync(segment);
      segment.markSynced(byteSize);
    }
    this.#acceptedOffset = endOffset;
  }

  /**
   * Makes durable what was accepted although it was not. Unlike the other methods that write, it may
   * be called beside them.
   */
  async syncAccepted(): Promise<void> {
    // What is accepted in other segments is durable, as they were synced when they were sealed.
    const segment = this.active;
    const { acceptedBytes } = segment;
    if (segment.syncedBytes >= acceptedBytes) return;
    await this.#datasync(segment);
    // Truncation may have cut it in between.
    const syncedBytes = Math.min(acceptedBytes, segment.acceptedBytes) as BytePosition;
    if (segment.syncedBytes < syncedBytes) segment.syncedBytes = syncedBytes;
  }

  /** Writes an empty group, which vouches for all that was synced so far and for the watermark. */
  async appendSeal(highWatermark: LogOffset): Promise<void> {
    const bytes = Buffer.allocUnsafe(groupHeaderBytes);
    const group = { bytes, nextOffset: this.endOffset };
    await this.append(group, { highWatermark, durability: "os", onOffered: () => {} });
  }

  /** Ends writing: makes all durable, and the active segment's file end with its last group. */
  async finish(): Promise<void> {
    await this.sync();
    await this.#space.trim();
    await this.identity.noteEnd(this.endOffset);
  }

  /**
   * Reads the frame of a record; its bytes stay as they are until the next call only. Throws
   * CorruptionError where there is none.
   */
  readFrame(place: RecordPlace): FoundBytes {
    const { segment, position, byteLength } = place;
    const found = this.identity.blockCache.readFrame(segment, position, byteLength);
    if (found === undefined) {
      throw this.damaged(segment.path, position, "a record does not fit its checksum");
    }
    return found;
  }

  /**
   * Reads the offered records from `from` on, byte for byte as they stand in the log: whole groups,
   * at least one where there is any, at most about `maxBytes` otherwise.
   */
  async readFrom(from: LogOffset, maxBytes: number): Promise<RecordChunk> {
    this.#tail ??= new LogTail();
    const kept = this.#tail.from(from, maxBytes);
    if (kept !== undefined) return kept;
    const parts: Buffer[] = [];
    let bytes = 0;
    let nextOffset = from;
    while (nextOffset < this.#acceptedOffset && bytes < maxBytes) {
      const segment = this.segmentOf(nextOffset);
      segment.acquire();
      try {
        const place = segment.placeOf(nextOffset);
        const { logId } = this.identity;
        const size = segment.acceptedBytes;
        const groups = readRawGroups(segment.file, logId, place, nextOffset, size);
        let step = await groups.next();
        for (; step.done !== true && bytes < maxBytes; step = await groups.next()) {
          const { records } = step.value;
          parts.push(records);
          bytes += records.byteLength;
          ({ nextOffset } = step.value);
        }
        if (step.done === true && step.value.damage !== undefined) {
          throw this.damaged(segment.path, step.value.position, step.value.damage);
        }
      } finally {
        segment.release();
      }
    }
    return { bytes: Buffer.concat(parts, bytes), nextOffset };
  }

  /**
   * Takes in a compacted segment, whose file is in force on disk, so that the index can be moved to it
   * record by record. Reading the log goes on in the segments that it will replace.
   */
  admit(replacement: Segment): void {
    if (this.#replacement !== undefined) {
      throw new Error("assertion failed: one replacement at a time");
    }
    this.#replacement = replacement;
  }

  /**
   * Puts the segment that was admitted in the place of the run of sealed segments that it covers, and
   * lets go of those: the index must not refer to them any more. What was dropped, was for the sake of
   * records below `compactedTo`.
   */
  replace(run: readonly Segment[], replacement: Segment, compactedTo: LogOffset): void {
    const [first] = run;
    const start = first === undefined ? -1 : this.#segments.indexOf(first);
    const isRun = run.every((segment, index) => this.#segments[start + index] === segment);
    if (start < 0 || !isRun || run.includes(this.active) || replacement !== this.#replacement) {
      throw new Error("assertion failed: only a run of sealed segments can be replaced");
    }
    this.#segments.splice(start, run.length, replacement);
    this.noteCompacted(compactedTo);
    this.#replacement = undefined;
    // Who copies gets what the log holds. What is only offered yet stands behind all that was compacted.
    this.#tail?.forgetBelow(this.#acceptedOffset);
    for (const segment of run) segment.release();
  }

  /**
   * Takes all from `offset` on out of the sight of readers, with the segments after the one that holds
   * it, which becomes the active one; for truncation. Resolves to those segments, last one first, when
   * nothing is on its way to any of them.
   */
  async withdraw(offset: LogOffset): Promise<readonly Segment[]> {
    const holder = this.segmentOf(offset);
    const withdrawn = this.#segments.splice(this.#segments.indexOf(holder) + 1);
    this.#acceptedOffset = offset;
    this.#tail?.clear();
    const space = this.#space;
    this.#space = new PreparedSpace(holder, this.identity.segmentBytes);
    await space.trim();
    for (const segment of withdrawn) segment.release();
    return withdrawn.toReversed();
  }

  /** The segment that holds an offset, or will. */
  segmentOf(offset: LogOffset): Segment {
    const segment = this.#segments.findLast((candidate) => candidate.baseOffset <= offset);
    if (segment === undefined) {
      throw new Error(`assertion failed: no segment holds offset ${offset}`);
    }
    return segment;
  }

  /** Closes the files. Does not sync. */
  async close(): Promise<void> {
    await this.#space.idle();
    for (const segment of this.readableSegments) {
      segment.release();
      await segment.closed();
    }
  }

  async #roll(): Promise<void> {
    await this.finish();
    const segment = await createSegment(this.identity, this.endOffset);
    this.#segments.push(segment);
    this.#space = new PreparedSpace(segment, Math.min(this.sealBytes, this.identity.segmentBytes));
  }

  /** No preparation of space may be told instead of us that bytes of a group were lost. */
  async #datasync(segment: Segment): Promise<void> {
    await this.#space.settled();
    await segment.file.datasync();
    await this.#space.settled();
  }

  /** Takes what was appended as accepted although it is not durable, as its writers chose. */
  #acceptUnsynced(): void {
    this.active.acceptedBytes = this.active.byteSize;
    this.#acceptedOffset = this.active.endOffset;
  }
}

/** Makes the file of an active segment, durable with its name, and opens it. */
export async function createSegment(
  identity: LogIdentity,
  baseOffset: LogOffset,
): Promise<Segment> {
  const { fileSystem, directory, databaseId, logId } = identity;
  const header = {
    databaseId,
    logId,
    baseOffset,
    coveredEnd: undefined,
    purgeFloor: 0 as LogOffset,
    revision: 0,
  };
  const path = `${directory}/${segmentFileName(header)}`;
  const file = await fileSystem.open(path, "create");
  try {
    const segment = await writeSegmentHeader(path, file, header);
    await file.datasync();
    await fileSystem.syncDirectory(directory);
    return segment;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Writes the header of a new file and describes the segment that it begins. */
export async function writeSegmentHeader(
  path: string,
  file: FileHandle,
  header: SegmentHeader,
): Promise<Segment> {
  const bytes = encodeSegmentHeader(header);
  await writeFully(file, bytes, 0);
  return new Segment({
    path,
    file,
    baseOffset: header.baseOffset,
    purgeFloor: header.purgeFloor,
    groupsStart: bytes.byteLength as BytePosition,
    isCompacted: header.coveredEnd !== undefined,
    revision: header.revision,
  });
}
