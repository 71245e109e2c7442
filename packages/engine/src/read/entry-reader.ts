import { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { decodeHead, findValue, type RecordHead } from "../log/record.ts";
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
  if (valueStart === undefined) throw damaged(entry, "there is no record of this key");
  try {
    return decodeValue(bytes, valueStart, start + entry.byteLength);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    throw damaged(entry, "a value is malformed", error);
  }
}

/** As `readEntry`, of the offset alone. */
export function readOffset(log: Log, key: ByteString, entry: IndexEntry): LogOffset {
  const { bytes, start } = log.readFrame(entry);
  if (findValue(bytes, start, key) === undefined) {
    throw damaged(entry, "there is no record of this key");
  }
  return readHead(log, entry).offset;
}

/** Of a record that is known to be one. */
function readHead(log: Log, entry: IndexEntry): RecordHead {
  const { bytes, start } = log.readFrame(entry);
  return decodeHead(bytes, start, start + entry.byteLength);
}

function damaged(
  { segment, position }: IndexEntry,
  what: string,
  cause?: unknown,
): CorruptionError {
  return new CorruptionError(segment.path, position, what, { cause });
}

/** Whether a value with this expiry is gone at `now`, which is not asked for one that never expires. */
export const isExpired = (expires: TimestampMs | null, now: () => TimestampMs): boolean =>
  expires !== null && expires <= now();
