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
import { MalformedEnvelopeError, MsgpackReader, type MsgpackWriter } from "./msgpack-cursor.ts";

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

/** The value of a record that has none: nil. */
export const nilValue: Uint8Array = Uint8Array.of(0xc0);

/**
 * Writes a record up to its value, which the caller writes behind it before it calls `endRecord`;
 * returns where the frame begins.
 */
export function beginRecord(writer: MsgpackWriter, envelope: RecordEnvelope): number {
  const { collection, key } = envelope;
  writer.reserve(envelopeBytesAtMost + collection.length + key.length);
  const start = writer.position;
  writer.position = start + frameHeaderBytes;
  writer.arrayHeader(recordItems);
  writer.uint(envelope.kind);
  writer.uint(envelope.offset);
  writer.uint(envelope.epoch);
  writer.uint(envelope.timestamp);
  if (envelope.expires === null) writer.nil();
  else writer.uint(envelope.expires);
  writer.uint(envelope.batchRemaining);
  writer.byteString(collection);
  writer.byteString(key);
  return start;
}

/** Completes the record that begins at `start` and whose value has been written. */
export function endRecord(writer: MsgpackWriter, start: number): void {
  sealFrame(writer.bytes, start, writer.position);
}

/**
 * Decodes the record in the valid frame from `start` to `end`. Throws MalformedEnvelopeError where
 * the frame holds something else. `collection` is taken instead of another string of the same bytes.
 */
export function decodeRecord(
  bytes: Buffer,
  start: number,
  end: number,
  collection?: ByteString,
): DecodedRecord {
  const reader = new MsgpackReader(bytes, start + frameHeaderBytes, end);
  reader.arrayHeader(recordItems);
  return {
    kind: recordKind(reader.uint()),
    offset: reader.uint() as LogOffset,
    epoch: reader.uint() as Epoch,
    timestamp: reader.uint() as TimestampMs,
    expires: reader.uintOrNil() as TimestampMs | null,
    batchRemaining: reader.uint(),
    collection: reader.byteString(collection),
    key: reader.byteString(),
    valueStart: reader.position,
    valueEnd: end,
  };
}

/** What a reader of a key wants to know of its record, beside the value. */
export interface RecordHead {
  readonly offset: LogOffset;
  readonly expires: TimestampMs | null;
}

/** As `decodeRecord`, of a few items alone. */
export function decodeHead(bytes: Buffer, start: number, end: number): RecordHead {
  const reader = new MsgpackReader(bytes, start + frameHeaderBytes, end);
  reader.arrayHeader(recordItems);
  reader.uint();
  const offset = reader.uint() as LogOffset;
  reader.uint();
  reader.uint();
  return { offset, expires: reader.uintOrNil() as TimestampMs | null };
}

/**
 * Where collection, key and value begin in the record of the valid frame that begins at `start`, which
 * they fill to its end; undefined where it holds no record.
 */
export function contentStart(bytes: Buffer, start: number): number | undefined {
  let at = start + frameHeaderBytes;
  if (bytes[at] !== (0x90 | recordItems)) return undefined;
  at++;
  for (let item = 0; item < numberItems; item++) at += numberBytes(bytes[at] ?? 0);
  return at;
}

/**
 * Where the value begins in the record of the valid frame that begins at `start`; undefined where the
 * record is of another key than `key`, or none. The fast way of a read: it makes no strings and looks at
 * no number. The value fills the rest of the frame.
 */
export function findValue(bytes: Buffer, start: number, key: ByteString): number | undefined {
  let at = contentStart(bytes, start);
  if (at === undefined) return undefined;
  at += stringHeaderBytes(bytes[at] ?? 0) + stringBytes(bytes, at);
  const keyBytes = stringBytes(bytes, at);
  at += stringHeaderBytes(bytes[at] ?? 0);
  if (keyBytes !== key.length) return undefined;
  for (let index = 0; index < keyBytes; index++) {
    if (bytes[at + index] !== key.charCodeAt(index)) return undefined;
  }
  return at + keyBytes;
}

/** Kind, offset, epoch, timestamp, expires and batchRemaining. */
const numberItems = 6;

/** How long a number or a nil is that begins with `tag`. */
function numberBytes(tag: number): number {
  switch (tag) {
    case 0xcc:
      return 2;
    case 0xcd:
      return 3;
    case 0xce:
      return 5;
    case 0xcf:
      return 9;
    default:
      return 1;
  }
}

const stringHeaderBytes = (tag: number): number => (tag < 0xc0 ? 1 : tag === 0xd9 ? 2 : 3);

function stringBytes(bytes: Buffer, at: number): number {
  const tag = bytes[at] ?? 0;
  if (tag < 0xc0) return tag & 0x1f;
  const next = bytes[at + 1] ?? 0;
  return tag === 0xd9 ? next : next * 256 + (bytes[at + 2] ?? 0);
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
