/**
 * A group is what one write put into the log: a header frame, then its records. The header belongs
 * to this file alone and is not replicated. It has a fixed length, as all its integers are stored in
 * full width, so that it can be found by its bytes when what stands before it is damaged:
 *
 *     [kind, logId, position, syncedUpTo, recordBytes, nextOffset, highWatermark]
 */
import type { BytePosition, LogOffset } from "../scalars.ts";

import { FrameKind } from "./frame-kind.ts";
import { frameHeaderBytes, sealFrame, validFrameEnd } from "./frame.ts";
import { MalformedEnvelopeError, MsgpackReader, MsgpackWriter } from "./msgpack-cursor.ts";

export interface GroupHeader {
  /** A random number that all groups of one log share: bytes in a value cannot pass for a group. */
  readonly logId: number;
  /** Where this header stands in its file. */
  readonly position: BytePosition;
  /** All bytes of this file below it were durable when the group was written. */
  readonly syncedUpTo: BytePosition;
  /** How many bytes of records follow. */
  readonly recordBytes: number;
  /** The log's end after this group. It may lie beyond the last record's, where compaction left a gap. */
  readonly nextOffset: LogOffset;
  /** All records below it were committed when the group was written. */
  readonly highWatermark: LogOffset;
}

const payloadBytes = 2 + 4 * 5 + 2 * 9;
const groupItems = 7;

/** The length of a group's header, its frame included. */
export const groupHeaderBytes = frameHeaderBytes + payloadBytes;

/** Writes a whole frame of `groupHeaderBytes` at `start`. */
export function writeGroupHeader(bytes: Buffer, start: number, header: GroupHeader): void {
  const writer = new MsgpackWriter(bytes, start + frameHeaderBytes);
  writer.arrayHeader(groupItems);
  writer.uint(FrameKind.group);
  writer.uint32(header.logId);
  writer.uint32(header.position);
  writer.uint32(header.syncedUpTo);
  writer.uint32(header.recordBytes);
  writer.uint64(header.nextOffset);
  writer.uint64(header.highWatermark);
  sealFrame(bytes, start, writer.position);
}

/**
 * The group header at `start`, which is byte `position` of its file; undefined unless the frame is
 * whole, its CRC fits, and it names this log and this position.
 */
export function readGroupHeader(
  bytes: Buffer,
  start: number,
  end: number,
  logId: number,
  position: number,
): GroupHeader | undefined {
  if (validFrameEnd(bytes, start, end) !== start + groupHeaderBytes) return undefined;
  const header = decodeGroupHeader(bytes, start);
  return header?.logId === logId && header.position === position ? header : undefined;
}

function decodeGroupHeader(bytes: Buffer, start: number): GroupHeader | undefined {
  const reader = new MsgpackReader(bytes, start + frameHeaderBytes, start + groupHeaderBytes);
  try {
    reader.arrayHeader(groupItems);
    if (reader.uint() !== FrameKind.group) return undefined;
    return {
      logId: reader.uint(),
      position: reader.uint() as BytePosition,
      syncedUpTo: reader.uint() as BytePosition,
      recordBytes: reader.uint(),
      nextOffset: reader.uint() as LogOffset,
      highWatermark: reader.uint() as LogOffset,
    };
  } catch (error) {
    if (error instanceof MalformedEnvelopeError) return undefined;
    throw error;
  }
}

/** The bytes by which a group header of this log is found: from its length field to its log id. */
export function groupSignature(logId: number): Buffer {
  const header = Buffer.alloc(groupHeaderBytes);
  writeGroupHeader(header, 0, {
    logId,
    position: 0 as BytePosition,
    syncedUpTo: 0 as BytePosition,
    recordBytes: 0,
    nextOffset: 0 as LogOffset,
    highWatermark: 0 as LogOffset,
  });
  return header.subarray(signatureOffset, frameHeaderBytes + 2 + 5);
}

/** How far into a header its signature begins. */
export const signatureOffset = 4;
