import { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { decodeHead, type RecordHead } from "../log/record.ts";
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
  const { bytes, start } = log.readFrame(entry);
  const end = start + entry.byteLength;
  try {
    const { offset, expires, valueStart } = headOf(bytes, start, end, key, entry);
    return { key: textOf(key), value: decodeValue(bytes, valueStart, end), offset, expires };
  } catch (error) {
    throw damaged(entry, error);
  }
}

/** As `readEntry`, of the value alone. */
export function readValue(log: Log, key: ByteString, entry: IndexEntry): Storable {
  const { bytes, start } = log.readFrame(entry);
  const end = start + entry.byteLength;
  try {
    return decodeValue(bytes, headOf(bytes, start, end, key, entry).valueStart, end);
  } catch (error) {
    throw damaged(entry, error);
  }
}

/** As `readEntry`, of the offset alone. */
export function readOffset(log: Log, key: ByteString, entry: IndexEntry): LogOffset {
  const { bytes, start } = log.readFrame(entry);
  try {
    return headOf(bytes, start, start + entry.byteLength, key, entry).offset;
  } catch (error) {
    throw damaged(entry, error);
  }
}

function headOf(
  bytes: Buffer,
  start: number,
  end: number,
  key: ByteString,
  entry: IndexEntry,
): RecordHead {
  const head = decodeHead(bytes, start, end, key);
  if (head !== undefined) return head;
  const { path } = entry.segment;
  throw new CorruptionError(path, entry.position, "there is the record of another key");
}

/** The error to throw: of a record whose checksum fits although it is none, that the file is damaged. */
function damaged(entry: IndexEntry, error: unknown): unknown {
  if (!(error instanceof MalformedEnvelopeError)) return error;
  const { path } = entry.segment;
  return new CorruptionError(path, entry.position, "a record is malformed", { cause: error });
}

/** Whether a value with this expiry is gone at `now`, which is not asked for one that never expires. */
export const isExpired = (expires: TimestampMs | null, now: () => TimestampMs): boolean =>
  expires !== null && expires <= now();
