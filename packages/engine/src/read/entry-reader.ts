import type { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import type { FoundBytes } from "../log/block-cache.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { batchEndOf, decodeHead, decodeRecord, findValue, type RecordHead } from "../log/record.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable } from "../value/storable.ts";
import { decodeValue } from "../value/value-decoder.ts";

/** A key with what it holds. */
export interface Entry<Value = Storable> {
  readonly key: string;
  readonly value: Value;
  /** The offset of the record that put it there. */
  readonly offset: LogOffset;
  /** When it ceases to be, or null for never. */
  readonly expires: TimestampMs | null;
}

/** Reads what an index entry leads to. Throws CorruptionError where the log does not hold it any more. */
export function readEntry(log: Log, key: ByteString, entry: IndexEntry): Entry {
  const value = readValue(log, key, entry);
  const { offset, expires } = readHead(log, entry);
  return { key: textOf(key), value, offset, expires };
}

/** As `readEntry`, of the value alone. */
export function readValue(log: Log, key: ByteString, entry: IndexEntry): Storable {
  const { bytes, start } = log.readFrame(entry);
  const valueStart = findValue(bytes, start, key);
  if (valueStart === undefined) throw damaged(log, entry, "there is no record of this key");
  try {
    return decodeValue(bytes, valueStart, start + entry.byteLength);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    throw damaged(log, entry, "a value is malformed", error);
  }
}

/** As `readEntry`, of the offset alone. */
export function readOffset(log: Log, key: ByteString, entry: IndexEntry): LogOffset {
  const { bytes, start } = log.readFrame(entry);
  if (findValue(bytes, start, key) === undefined) {
    throw damaged(log, entry, "there is no record of this key");
  }
  return readHead(log, entry).offset;
}

/** A note of the engine's (see batch-note.ts), as it was found. */
export interface FoundNote {
  /** The msgpack of its value; it stays as it is until the next read only. */
  readonly value: Buffer;
  /** The offset of the last record of its batch. */
  readonly batchEnd: LogOffset;
}

/** The note in the frame at `start`, which must be a valid one of `byteLength`. */
export function noteIn({ bytes, start }: FoundBytes, byteLength: number): FoundNote {
  const record = decodeRecord(bytes, start, start + byteLength);
  return {
    value: bytes.subarray(record.valueStart, record.valueEnd),
    batchEnd: batchEndOf(record),
  };
}

/** Reads the note that an index entry leads to. Throws as `readEntry`. */
export function readNote(log: Log, key: ByteString, entry: IndexEntry): FoundNote {
  const found = log.readFrame(entry);
  if (findValue(found.bytes, found.start, key) === undefined) {
    throw damaged(log, entry, "there is no record of this key");
  }
  return noteIn(found, entry.byteLength);
}

/** Of a record that is known to be one. */
function readHead(log: Log, entry: IndexEntry): RecordHead {
  const { bytes, start } = log.readFrame(entry);
  return decodeHead(bytes, start, start + entry.byteLength);
}

const damaged = (
  log: Log,
  { segment, position }: IndexEntry,
  what: string,
  cause?: unknown,
): CorruptionError => log.damaged(segment.path, position, what, cause);

/** Whether a value with this expiry is gone at `now`, which is not asked for one that never expires. */
export const isExpired = (expires: TimestampMs | null, now: () => TimestampMs): boolean =>
  expires !== null && expires <= now();
