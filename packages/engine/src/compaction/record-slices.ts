/**
 * Reads a sealed segment from front to back in slices of a few records, however long its groups are,
 * and in memory of a fixed size. What `scanGroups` checks is checked here too, but for one thing: the
 * records of a group are handed out before it is known whether all of it is valid.
 */
import { CorruptionError } from "../errors.ts";
import type { FileHandle } from "../filesystem/filesystem.ts";
import type { ByteString } from "../log/byte-string.ts";
import { FileWindow } from "../log/file-window.ts";
import { frameHeaderBytes, validFrameEnd } from "../log/frame.ts";
import { groupHeaderBytes, readGroupHeader, type GroupHeader } from "../log/group-header.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { scannedRecord, type ScannedRecord } from "../log/segment-scanner.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

const windowBytes = 512 << 10;
const recordsAtMost = 64;

/** Where a segment's groups stand. */
export interface SegmentExtent {
  readonly path: string;
  readonly file: FileHandle;
  readonly logId: number;
  /** Of the first group. */
  readonly start: BytePosition;
  /** The end of the last group. */
  readonly end: number;
  readonly baseOffset: LogOffset;
}

/** Some records of one group, in order. */
export interface RecordSlice {
  readonly group: GroupHeader;
  readonly records: readonly ScannedRecord[];
  /** How many bytes were read for it. */
  readonly readBytes: number;
  /** Where its records end. */
  readonly end: BytePosition;
  /** The group ends here too. */
  readonly endsGroup: boolean;
}

/** Yields all records. Throws CorruptionError where the bytes are not as written. */
export async function* recordSlices(extent: SegmentExtent): AsyncGenerator<RecordSlice, void> {
  const { file, path, logId } = extent;
  const window = new FileWindow(file, Math.min(windowBytes, extent.end - extent.start));
  let position: number = extent.start;
  let least = extent.baseOffset;
  while (position < extent.end) {
    const { bytes, start } = await window.at(position, groupHeaderBytes);
    const group = readGroupHeader(bytes, start, bytes.byteLength, logId, position);
    if (group === undefined)
      throw new CorruptionError(path, position, "no valid group begins here");
    const groupEnd = position + groupHeaderBytes + group.recordBytes;
    if (groupEnd > extent.end || group.nextOffset < least) {
      throw new CorruptionError(path, position, "a group does not fit into its file");
    }
    position += groupHeaderBytes;
    do {
      const slice = await readSlice(window, path, position, groupEnd, { least, group });
      position = slice.end;
      least = ((slice.records.at(-1)?.offset ?? least - 1) + 1) as LogOffset;
      yield slice;
    } while (position < groupEnd);
    least = group.nextOffset;
  }
}

async function readSlice(
  window: FileWindow,
  path: string,
  from: number,
  groupEnd: number,
  expected: { readonly least: LogOffset; readonly group: GroupHeader },
): Promise<RecordSlice> {
  const { group } = expected;
  const readFrom = from === group.position + groupHeaderBytes ? group.position : from;
  const records: ScannedRecord[] = [];
  let { bytes, start } = await window.at(from, Math.min(frameHeaderBytes, groupEnd - from));
  let position = from;
  let least: number = expected.least;
  let collection: ByteString | undefined;
  while (position < groupEnd && records.length < recordsAtMost) {
    let end = validFrameEnd(bytes, start, bytes.byteLength);
    if (end === undefined && records.length > 0) break; // Maybe only not in memory; seen to by the next slice.
    if (end === undefined) {
      ({ bytes, start } = await window.at(position, frameBytes(bytes, start, groupEnd - position)));
      end = validFrameEnd(bytes, start, bytes.byteLength);
    }
    if (end === undefined || position + end - start > groupEnd) {
      throw new CorruptionError(path, position, "a record does not fit its checksum");
    }
    const record = decode(bytes, start, end, path, position, collection);
    ({ collection } = record);
    if (record.offset < least || record.offset >= group.nextOffset) {
      throw new CorruptionError(
        path,
        position,
        `a record has offset ${record.offset}, out of order`,
      );
    }
    records.push(record);
    least = record.offset + 1;
    position += end - start;
    start = end;
  }
  const endsGroup = position === groupEnd;
  const readBytes = position - readFrom;
  return { group, records, readBytes, end: position as BytePosition, endsGroup };
}

/** The length that the frame at `start` claims to have, but no more than `most`. */
function frameBytes(bytes: Buffer, start: number, most: number): number {
  if (start + frameHeaderBytes > bytes.byteLength) return most;
  return Math.min(frameHeaderBytes + bytes.readUInt32LE(start + 4), most);
}

function decode(
  bytes: Buffer,
  start: number,
  end: number,
  path: string,
  position: number,
  knownCollection: ByteString | undefined,
): ScannedRecord {
  try {
    return scannedRecord(bytes, start, end, position as BytePosition, knownCollection);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    throw new CorruptionError(path, position, `a frame is no record: ${error.message}`);
  }
}
