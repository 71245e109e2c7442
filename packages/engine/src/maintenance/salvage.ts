/**
 * Reads a segment that may be damaged, stretch by stretch, and keeps what can be trusted.
 *
 * A stretch is a group, or the bytes between two groups where a header is damaged: the next group is
 * found by its signature. Within a stretch records are found by their lengths alone, each from the end
 * of the one before. Bytes are not searched for records, as a value may hold bytes that pass for one; so
 * where a length is damaged too, the rest of the group is lost.
 */
import type { FileHandle } from "../filesystem/filesystem.ts";
import { FileWindow } from "../log/file-window.ts";
import { frameHeaderBytes, validFrameEnd } from "../log/frame.ts";
import { groupHeaderBytes, readGroupHeader, type GroupHeader } from "../log/group-header.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { decodeRecord, type RecordEnvelope } from "../log/record.ts";
import { findGroups, type ScannedRecord } from "../log/segment-scanner.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

/** Offsets from `from` on; up to `to`, exclusive, or to wherever the next stretch begins. */
export interface Gap {
  readonly from: LogOffset;
  readonly to: LogOffset | undefined;
}

/** What was found between two places of a segment file. */
export interface Stretch {
  readonly position: BytePosition;
  readonly endPosition: BytePosition;
  /** The group's header; undefined where it is damaged. */
  readonly header: GroupHeader | undefined;
  /** The records that fit their checksums, in the order of their offsets. */
  readonly records: readonly ScannedRecord[];
  /** Offsets of which records are lost, at most: compaction may have left some of them out. */
  readonly gaps: readonly Gap[];
  /** What lost records look like by bytes that do not fit their checksum, and so may be wrong. */
  readonly hints: readonly RecordEnvelope[];
  /** What is wrong; undefined where nothing is. */
  readonly damage: string | undefined;
  /** The log's end after it, as far as is known. */
  readonly nextOffset: LogOffset;
}

/** What of a file is to be read. */
export interface SalvageRange {
  /** Where the first group begins; undefined where the file's own header is damaged. */
  readonly from: BytePosition | undefined;
  readonly size: number;
  readonly firstOffset: LogOffset;
}

const windowBytes = 1 << 20;

/** Yields the stretches of a segment from front to back. */
export async function* salvage(
  file: FileHandle,
  logId: number,
  { from, size, firstOffset }: SalvageRange,
): AsyncGenerator<Stretch, void> {
  const window = new FileWindow(file, Math.min(windowBytes, size));
  let nextOffset = firstOffset;
  let position: number = from ?? 0;
  while (position < size) {
    const head = await window.at(position, groupHeaderBytes);
    const header = readGroupHeader(head.bytes, head.start, head.bytes.byteLength, logId, position);
    const isInOrder = header !== undefined && header.nextOffset >= nextOffset;
    const recordsStart = position + groupHeaderBytes;
    const end = isInOrder
      ? Math.min(recordsStart + header.recordBytes, size)
      : await nextGroup(file, logId, position + 1, size);
    const { bytes, start } = await window.at(position, end - position);
    const chain = readChain(bytes.subarray(start, start + end - position), {
      position,
      least: nextOffset,
      below: isInOrder ? header.nextOffset : undefined,
      // Where the file's own header is damaged, no group is known to begin behind it.
      isGroup: position > 0,
    });
    const isShort = isInOrder && recordsStart + header.recordBytes > size;
    const stretch = {
      position: position as BytePosition,
      endPosition: end as BytePosition,
      header: isInOrder ? header : undefined,
      ...chain,
      damage: isInOrder ? (isShort ? "the file ends within a group" : chain.damage) : noGroup,
      // A cut may fall between two records.
      gaps:
        isShort && chain.isWhole ? [{ from: chain.nextOffset, to: header.nextOffset }] : chain.gaps,
      nextOffset: isInOrder ? header.nextOffset : chain.nextOffset,
    };
    yield stretch;
    nextOffset = stretch.nextOffset;
    position = end;
  }
}

const noGroup = "no valid group begins here";

/** Where the next valid group begins from `from` on, or the end of the file. */
async function nextGroup(
  file: FileHandle,
  logId: number,
  from: number,
  size: number,
): Promise<number> {
  for await (const { position } of findGroups(file, logId, from, size)) return position;
  return size;
}

/** What is known of the records in a stretch. */
interface ChainBounds {
  /** Where in the file the stretch begins. */
  readonly position: number;
  readonly least: LogOffset;
  readonly below: LogOffset | undefined;
  /** Whether records follow behind the length of a group's header. */
  readonly isGroup: boolean;
}

type Chain = Pick<Stretch, "records" | "gaps" | "hints" | "damage" | "nextOffset"> & {
  readonly isWhole: boolean;
};

/**
 * Reads records one after the other; one that is damaged is passed over by its length. If a valid record
 * comes up behind it that cannot stand there, that length was wrong and led into a value that holds what
 * passes for records: then all since is lost.
 */
function readChain(bytes: Buffer, { position, least, below, isGroup }: ChainBounds): Chain {
  const records: ScannedRecord[] = [];
  const gaps: Gap[] = [];
  const hints: RecordEnvelope[] = [];
  let damage: string | undefined;
  let nextOffset = least;
  let passedOver = 0;
  // What had been found when a record was passed over last.
  let sure = { records: 0, gaps: 0, nextOffset };
  let at = isGroup ? groupHeaderBytes : bytes.byteLength;
  while (at < bytes.byteLength) {
    const record = recordAt(bytes, at, position);
    // Each record that was passed over had an offset of its own.
    const isNext =
      record !== undefined &&
      record.offset >= nextOffset + passedOver &&
      (below === undefined || record.offset < below);
    if (isNext) {
      if (passedOver > 0) gaps.push({ from: nextOffset, to: record.offset });
      passedOver = 0;
      records.push(record);
      nextOffset = (record.offset + 1) as LogOffset;
      at = record.end;
      continue;
    }
    damage ??= `the record at byte ${position + at} does not fit its checksum, or its place`;
    if (record !== undefined) {
      records.length = sure.records;
      gaps.length = sure.gaps;
      nextOffset = sure.nextOffset;
      passedOver++;
      break;
    }
    if (passedOver === 0) sure = { records: records.length, gaps: gaps.length, nextOffset };
    passedOver++;
    const end = claimedEnd(bytes, at);
    if (end === undefined) break;
    hints.push(...hintAt(bytes, at, end));
    at = end;
  }
  if (passedOver > 0 || at > bytes.byteLength || !isGroup)
    gaps.push({ from: nextOffset, to: below });
  return { records, gaps, hints, damage, nextOffset, isWhole: damage === undefined };
}

function recordAt(bytes: Buffer, start: number, position: number): ScannedRecord | undefined {
  const end = validFrameEnd(bytes, start, bytes.byteLength);
  const envelope = end === undefined ? undefined : decoded(bytes, start, end);
  if (end === undefined || envelope === undefined) return undefined;
  return { ...envelope, position: (position + start) as BytePosition, bytes, start, end };
}

function decoded(
  bytes: Buffer,
  start: number,
  end: number,
): ReturnType<typeof decodeRecord> | undefined {
  try {
    return decodeRecord(bytes, start, end);
  } catch (error) {
    if (error instanceof MalformedEnvelopeError) return undefined;
    throw error;
  }
}

/** Where a frame ends by the length that it has; undefined where that is not within the bytes. */
function claimedEnd(bytes: Buffer, start: number): number | undefined {
  if (start + frameHeaderBytes > bytes.byteLength) return undefined;
  const end = start + frameHeaderBytes + bytes.readUInt32LE(start + 4);
  return end <= bytes.byteLength ? end : undefined;
}

function hintAt(bytes: Buffer, start: number, end: number): RecordEnvelope[] {
  const envelope = decoded(bytes, start, end);
  return envelope === undefined ? [] : [envelope];
}
