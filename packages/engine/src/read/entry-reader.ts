import { CorruptionError } from "../errors.ts";
import type { IndexEntry } from "../index/keyspace.ts";
import type { IndexReader } from "../index/ordered-index.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
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

/** Reads the value at an index entry. Throws CorruptionError where the log does not hold it any more. */
export function readValue(log: Log, key: ByteString, entry: IndexEntry): Storable {
  const damaged = (what: string, cause?: unknown): CorruptionError =>
    new CorruptionError(entry.segment.path, entry.position, what, { cause });
  try {
    const { bytes, record } = log.readRecord(entry);
    if (record.offset !== entry.offset || record.key !== key) {
      throw damaged(`there is offset ${record.offset}, not ${entry.offset}`);
    }
    return decodeStorable(bytes.subarray(record.valueStart, record.valueEnd));
  } catch (error) {
    if (error instanceof MalformedEnvelopeError) throw damaged("a record is malformed", error);
    throw error;
  }
}

/** Whether a value with this expiry is gone at `now`. */
export const isExpired = (expires: TimestampMs | null, now: TimestampMs): boolean =>
  expires !== null && expires <= now;

/** The index entries of a range, without those that have expired by `now`. */
export function* liveEntries(
  index: IndexReader<IndexEntry> | undefined,
  range: RangeOptions,
  now: TimestampMs,
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

/** An entry as users see it. */
export function readEntry(log: Log, key: ByteString, entry: IndexEntry): Entry {
  const { offset, expires } = entry;
  return { key: textOf(key), value: readValue(log, key, entry), offset, expires };
}
