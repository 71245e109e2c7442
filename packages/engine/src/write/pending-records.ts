import type { FoundBytes } from "../log/block-cache.ts";
import type { ByteString } from "../log/byte-string.ts";
import type { Log, RecordPlace } from "../log/log.ts";
import type { RecordKind } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset, TimestampMs } from "../scalars.ts";

/** Where a group stands in the log; all its records share it. */
export interface GroupPlace {
  /** Undefined until it was written. */
  segment: Segment | undefined;
  position: number;
  /** Holds the group as long as it was not written. */
  readonly unwritten?: { readonly bytes: Buffer };
}

/** A record that was appended but is not committed yet. */
export interface PendingRecord {
  readonly kind: RecordKind;
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly offset: LogOffset;
  /** The offset of the last record of its batch: they are committed together. */
  readonly batchEnd: LogOffset;
  readonly expires: TimestampMs | null;
  readonly group: GroupPlace;
  /** Where its frame begins, in bytes from the group's first, and its length. */
  readonly start: number;
  readonly byteLength: number;
}

/** The frame of a pending record, wherever it is; its bytes stay as they are until the next call only. */
export function frameOfPending(record: PendingRecord, log: Log): FoundBytes {
  const { group, start, byteLength } = record;
  const { segment, unwritten } = group;
  if (segment !== undefined) {
    return log.readFrame({
      segment,
      position: (group.position + start) as BytePosition,
      byteLength,
    });
  }
  if (unwritten === undefined) throw new Error("assertion failed: a group is somewhere");
  return { bytes: unwritten.bytes, start };
}

type NewestRecords = Map<ByteString, Map<ByteString, PendingRecord>>;

/**
 * The records between the high watermark and the end of the log, in the order of their offsets:
 * invisible to readers, but what conditions are judged against.
 */
export class PendingRecords {
  #queue: PendingRecord[] = [];
  #head = 0;
  // Made when somebody asks for a key, and kept until nothing is pending: most writes have no condition.
  #newest: NewestRecords | undefined;

  /** The offset of the oldest of them; undefined where there is none. */
  get firstOffset(): LogOffset | undefined {
    return this.#queue[this.#head]?.offset;
  }

  /** The newest pending record of a key. */
  newest(collection: ByteString, key: ByteString): PendingRecord | undefined {
    if (this.#head === this.#queue.length) return undefined;
    if (this.#newest === undefined) {
      this.#newest = new Map();
      for (let at = this.#head; at < this.#queue.length; at++) {
        const record = this.#queue[at];
        if (record !== undefined) remember(this.#newest, record);
      }
    }
    return this.#newest.get(collection)?.get(key);
  }

  add(record: PendingRecord): void {
    this.#queue.push(record);
    if (this.#newest !== undefined) remember(this.#newest, record);
  }

  /** The last record below `offset`, if its batch reaches to there or beyond; undefined otherwise. */
  batchAcross(offset: LogOffset): PendingRecord | undefined {
    for (let at = this.#queue.length - 1; at >= this.#head; at--) {
      const record = this.#queue[at];
      if (record === undefined || record.offset >= offset) continue;
      return record.batchEnd >= offset ? record : undefined;
    }
    return undefined;
  }

  /** Forgets the records from `offset` on, which are not to be written after all, or were cut off. */
  dropFrom(offset: LogOffset): void {
    let end = this.#queue.length;
    while (end > this.#head && (this.#queue[end - 1]?.offset ?? -1) >= offset) end--;
    this.#queue.length = end;
    this.#newest = undefined;
  }

  /** Hands over, in order, the records of all batches that end below `end`. They must have been written. */
  commit(end: LogOffset, apply: (record: PendingRecord, place: RecordPlace) => void): void {
    for (;;) {
      const record = this.#queue[this.#head];
      if (record === undefined || record.batchEnd >= end) break;
      const { group, start, byteLength } = record;
      const { segment } = group;
      if (segment === undefined) {
        throw new Error(`assertion failed: record ${record.offset} committed before written`);
      }
      this.#head++;
      if (this.#newest !== undefined) forget(this.#newest, record);
      const position = (group.position + start) as BytePosition;
      apply(record, { segment, position, byteLength });
    }
    this.#shorten();
  }

  #shorten(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#newest = undefined;
    } else if (this.#head < 4096) {
      return;
    } else {
      this.#queue.splice(0, this.#head);
    }
    this.#head = 0;
  }
}

function remember(newest: NewestRecords, record: PendingRecord): void {
  let keys = newest.get(record.collection);
  if (keys === undefined) {
    keys = new Map();
    newest.set(record.collection, keys);
  }
  keys.set(record.key, record);
}

function forget(newest: NewestRecords, record: PendingRecord): void {
  const keys = newest.get(record.collection);
  if (keys?.get(record.key) !== record) return;
  keys.delete(record.key);
  if (keys.size === 0) newest.delete(record.collection);
}
