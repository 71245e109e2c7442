/**
 * Reads a segment file from front to back, group by group, and stops at the first byte that is not
 * as written. What that means is decided elsewhere (see recovery.ts).
 */
import type { FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import type { ByteString } from "./byte-string.ts";
import { FileWindow } from "./file-window.ts";
import { validFrameEnd } from "./frame.ts";
import {
  groupHeaderBytes,
  groupSignature,
  readGroupHeader,
  signatureOffset,
  type GroupHeader,
} from "./group-header.ts";
import { MalformedEnvelopeError } from "./msgpack-cursor.ts";
import { decodeRecord, type DecodedRecord } from "./record.ts";
import { decodeSegmentHeader, type SegmentHeader } from "./segment-header.ts";

/** How much of a file is read at once. */
const windowBytes = 1 << 20;

/** A record and its frame's place: in its file, and in the bytes that were read. */
export interface ScannedRecord extends DecodedRecord {
  readonly position: BytePosition;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A valid group. */
export interface ScannedGroup {
  readonly header: GroupHeader;
  /** Where the next group begins. */
  readonly endPosition: BytePosition;
  readonly records: readonly ScannedRecord[];
}

/** Why a scan ended: at the end of the file (`damage` undefined), or at bytes that are not a group. */
export interface ScanEnd {
  readonly position: BytePosition;
  readonly damage: string | undefined;
}

/** The segment's header and where it ends; undefined where there is no valid one. */
export async function readSegmentHeader(
  file: FileHandle,
): Promise<{ readonly header: SegmentHeader; readonly endPosition: BytePosition } | undefined> {
  const { bytes, start } = await new FileWindow(file, 1024).at(0, 1024);
  const end = validFrameEnd(bytes, start, bytes.byteLength);
  if (end === undefined) return undefined;
  const header = decodeSegmentHeader(bytes, start, end);
  return header && { header, endPosition: end as BytePosition };
}

/**
 * Yields the groups from byte `from` (the start of a group) up to byte `size`; returns why it ended.
 * A group is valid if and only if its header is (see readGroupHeader), its records fill exactly the
 * bytes that it names, each of them is valid, and their offsets rise from `nextOffset` of the group
 * before to below its own.
 */
export async function* scanGroups(
  file: FileHandle,
  logId: number,
  from: BytePosition,
  firstOffset: LogOffset,
  size: number,
): AsyncGenerator<ScannedGroup, ScanEnd> {
  const window = new FileWindow(file, Math.min(windowBytes, size - from));
  let position: number = from;
  let nextOffset = firstOffset;
  while (position < size) {
    const ended = (damage: string): ScanEnd => ({ position: position as BytePosition, damage });
    const head = await window.at(position, groupHeaderBytes);
    const header = readGroupHeader(head.bytes, head.start, head.bytes.byteLength, logId, position);
    if (header === undefined) return ended("no valid group begins here");
    const groupBytes = groupHeaderBytes + header.recordBytes;
    if (position + groupBytes > size) return ended("the file ends within a group");
    const { bytes, start } = await window.at(position, groupBytes);
    const records = decodeGroup(bytes, start, groupBytes, position, nextOffset, header.nextOffset);
    if (typeof records === "string") return ended(records);
    position += groupBytes;
    nextOffset = header.nextOffset;
    yield { header, endPosition: position as BytePosition, records };
  }
  return { position: position as BytePosition, damage: undefined };
}

function decodeGroup(
  bytes: Buffer,
  start: number,
  groupBytes: number,
  groupPosition: number,
  firstOffset: LogOffset,
  endOffset: LogOffset,
): ScannedRecord[] | string {
  const groupEnd = start + groupBytes;
  if (endOffset < firstOffset) return "a group's offsets run backwards";
  const records: ScannedRecord[] = [];
  let collection: ByteString | undefined;
  let least: number = firstOffset;
  let at = start + groupHeaderBytes;
  while (at < groupEnd) {
    const end = validFrameEnd(bytes, at, groupEnd);
    const position = (groupPosition + at - start) as BytePosition;
    if (end === undefined) return `the record at byte ${position} does not fit its checksum`;
    const record = decodeScanned(bytes, at, end, position, collection);
    if (typeof record === "string") return record;
    ({ collection } = record);
    if (record.offset < least || record.offset >= endOffset) {
      return `the record at byte ${position} has offset ${record.offset}, out of order`;
    }
    least = record.offset + 1;
    records.push(record);
    at = end;
  }
  return records;
}

function decodeScanned(
  bytes: Buffer,
  start: number,
  end: number,
  position: BytePosition,
  knownCollection: ByteString | undefined,
): ScannedRecord | string {
  try {
    return scannedRecord(bytes, start, end, position, knownCollection);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    return `the frame at byte ${position} is no record: ${error.message}`;
  }
}

/** The record in the valid frame from `start` to `end`, which is at byte `position`; throws as `decodeRecord`. */
export function scannedRecord(
  bytes: Buffer,
  start: number,
  end: number,
  position: BytePosition,
  knownCollection: ByteString | undefined,
): ScannedRecord {
  const record = decodeRecord(bytes, start, end, knownCollection);
  // Written out, as copying the fields of another object takes longer than all the rest.
  return {
    kind: record.kind,
    offset: record.offset,
    epoch: record.epoch,
    timestamp: record.timestamp,
    expires: record.expires,
    batchRemaining: record.batchRemaining,
    collection: record.collection,
    key: record.key,
    valueStart: record.valueStart,
    valueEnd: record.valueEnd,
    position,
    bytes,
    start,
    end,
  };
}

/**
 * The largest `syncedUpTo` of the valid group headers that begin anywhere in [from, size): what the
 * writer knew to be durable when it wrote them. 0 where there is none.
 */
export async function greatestSyncedUpTo(
  file: FileHandle,
  logId: number,
  from: number,
  size: number,
): Promise<number> {
  let greatest = 0;
  for await (const { syncedUpTo } of findGroups(file, logId, from, size)) {
    greatest = Math.max(greatest, syncedUpTo);
  }
  return greatest;
}

/** The valid group headers that begin anywhere in [from, size), whatever stands between them. */
export async function* findGroups(
  file: FileHandle,
  logId: number,
  from: number,
  size: number,
): AsyncGenerator<GroupHeader> {
  const signature = groupSignature(logId);
  // Each step reads a header's length beyond its end, so that none is missed on the border.
  for (let step = from; step < size; step += windowBytes) {
    const bytes = Buffer.allocUnsafe(Math.min(windowBytes + groupHeaderBytes, size - step));
    const part = bytes.subarray(0, await file.read(bytes, step));
    let found = part.indexOf(signature);
    while (found !== -1) {
      const start = found - signatureOffset;
      const header =
        start < 0 ? undefined : readGroupHeader(part, start, part.byteLength, logId, step + start);
      if (header !== undefined) yield header;
      found = part.indexOf(signature, found + 1);
    }
  }
}
