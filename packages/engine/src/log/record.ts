/**
 * Records: what the log is made of. A record is a frame (see frame.ts) whose payload is a msgpack
 * array of nine items:
 *
 *     [kind, offset, epoch, timestamp, expires, batchRemaining, collection, key, value]
 *
 * Its bytes are the same on every replica; nothing in them depends on the file they stand in.
 */
import type { Epoch, LogOffset, TimestampMs } from "../scalars.ts";

import type { ByteString } from "./byte-string.ts";
import { FrameKind } from "./frame-kind.ts";
import { frameHeaderBytes, sealFrame } from "./frame.ts";
import { MalformedEnvelopeError, MsgpackReader, MsgpackWriter } from "./msgpack-cursor.ts";

/** What a record does. */
export type RecordKind = typeof FrameKind.put | typeof FrameKind.delete | typeof FrameKind.epoch;

/** All of a record but its value. */
export interface RecordEnvelope {
  readonly kind: RecordKind;
  readonly offset: LogOffset;
  /** The reign in which it was written. */
  readonly epoch: Epoch;
  readonly timestamp: TimestampMs;
  /** When the value ceases to be, or null for never. */
  readonly expires: TimestampMs | null;
  /** How many records of the same batch follow; 0 in the last one and in a single write. */
  readonly batchRemaining: number;
  readonly collection: ByteString;
  readonly key: ByteString;
}

/** A record that was read, with where its value's msgpack stands in the bytes it was read from. */
export interface DecodedRecord extends RecordEnvelope {
  readonly valueStart: number;
  readonly valueEnd: number;
}

const recordItems = 9;
// frame header, array header, kind, four integers of at most nine bytes, batchRemaining, string headers
const envelopeBytesAtMost = frameHeaderBytes + 2 + 4 * 9 + 5 + 3 + 3;

/** The value of a DELETE record: nil. */
export const nilValue: Uint8Array = Uint8Array.of(0xc0);

/** An upper bound of the bytes that `writeRecord` takes. */
export function recordBytesAtMost(
  collection: ByteString,
  key: ByteString,
  value: Uint8Array,
): number {
  return envelopeBytesAtMost + collection.length + key.length + value.byteLength;
}

/** Writes a whole frame at `start` of a buffer that has room; returns where it ends. */
export function writeRecord(
  bytes: Buffer,
  start: number,
  envelope: RecordEnvelope,
  value: Uint8Array,
): number {
  const writer = new MsgpackWriter(bytes, start + frameHeaderBytes);
  writer.arrayHeader(recordItems);
  writer.uint(envelope.kind);
  writer.uint(envelope.offset);
  writer.uint(envelope.epoch);
  writer.uint(envelope.timestamp);
  if (envelope.expires === null) writer.nil();
  else writer.uint(envelope.expires);
  writer.uint(envelope.batchRemaining);
  writer.byteString(envelope.collection);
  writer.byteString(envelope.key);
  writer.raw(value);
  sealFrame(bytes, start, writer.position);
  return writer.position;
}

/**
 * Decodes the record in the valid frame from `start` to `end`. Throws MalformedEnvelopeError where
 * the frame holds something else.
 */
export function decodeRecord(bytes: Buffer, start: number, end: number): DecodedRecord {
  const reader = new MsgpackReader(bytes, start + frameHeaderBytes, end);
  reader.arrayHeader(recordItems);
  return {
    kind: recordKind(reader.uint()),
    offset: reader.uint() as LogOffset,
    epoch: reader.uint() as Epoch,
    timestamp: reader.uint() as TimestampMs,
    expires: reader.uintOrNil() as TimestampMs | null,
    batchRemaining: reader.uint(),
    collection: reader.byteString(),
    key: reader.byteString(),
    valueStart: reader.position,
    valueEnd: end,
  };
}

/** The offset of the last record of the batch that a record belongs to. */
export const batchEndOf = (record: RecordEnvelope): LogOffset =>
  (record.offset + record.batchRemaining) as LogOffset;

function recordKind(kind: number): RecordKind {
  switch (kind) {
    case FrameKind.put:
    case FrameKind.delete:
    case FrameKind.epoch:
      return kind;
    default:
      throw new MalformedEnvelopeError(`${kind} is not the kind of a record`);
  }
}
