import { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import type { IndexReader } from "../index/ordered-index.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import type { DecodedRecord } from "../log/record.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import { decodeStorable, type Storable } from "../storable.ts";

import { keyRangeOf, type RangeOptions } from "./key-range.ts";

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
  return readAt(log, key, entry, (bytes, { valueStart, valueEnd, offset, expires }) => {
    const value = decodeStorable(bytes.subarray(valueStart, valueEnd));
    return { key: textOf(key), value, offset, expires };
  });
}

/** As `readEntry`, of the offset alone. */
export function readOffset(log: Log, key: ByteString, entry: IndexEntry): LogOffset {
  return readAt(log, key, entry, (_bytes, { offset }) => offset);
}

function readAt<Result>(
  log: Log,
  key: ByteString,
  entry: IndexEntry,
  decode: (bytes: Buffer, record: DecodedRecord) => Result,
): Result {
  const damaged = (what: string, cause?: unknown): CorruptionError =>
    new CorruptionError(entry.segment.path, entry.position, what, { cause });
  try {
    const { bytes, record } = log.readRecord(entry);
    if (record.key !== key) throw damaged(`there is another record, of offset ${record.offset}`);
    return decode(bytes, record);
  } catch (error) {
    if (error instanceof MalformedEnvelopeError) throw damaged("a record is malformed", error);
    throw error;
  }
}

/** Whether a value with this expiry is gone at `now`, which is not asked for one that never expires. */
export const isExpired = (expires: TimestampMs | null, now: () => TimestampMs): boolean =>
  expires !== null && expires <= now();

/** The index entries of a range, without those that have expired by `now`. */
export function* liveEntries(
  index: IndexReader<IndexEntry> | undefined,
  range: RangeOptions,
  now: () => TimestampMs,
): IterableIterator<readonly [ByteString, IndexEntry]> {
  const keyRange = keyRangeOf(range);
  if (index === undefined || keyRange === undefined) return;
  let left = range.limit ?? Infinity;
  if (left === 0) return;
  for (const item of index.entries(keyRange, range.reverse ?? false)) {
    if (isExpired(item[1].expires, now)) continue;
    yield item;
    if (--left === 0) return;
  }
}
