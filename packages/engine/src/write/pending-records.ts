import type { ByteString } from "../log/byte-string.ts";
import type { RecordPlace } from "../log/log.ts";
import type { RecordKind } from "../log/record.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

/** A record that was appended but is not committed yet. */
export interface PendingRecord {
  readonly kind: RecordKind;
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly offset: LogOffset;
  /** The offset of the last record of its batch: they are committed together. */
  readonly batchEnd: LogOffset;
  readonly expires: TimestampMs | null;
}

/**
 * The records between the high watermark and the end of the log, in the order of their offsets:
 * invisible to readers, but what conditions are judged against.
 */
export class PendingRecords {
  readonly #queue: { readonly record: PendingRecord; place: RecordPlace | undefined }[] = [];
  #head = 0;
  readonly #newest = new Map<ByteString, Map<ByteString, PendingRecord>>();

  /** The newest pending record of a key. */
  newest(collection: ByteString, key: ByteString): PendingRecord | undefined {
    return this.#newest.get(collection)?.get(key);
  }

  /** Adds a record; its place follows when it has been written. */
  add(record: PendingRecord): { place: RecordPlace | undefined } {
    const item = { record, place: undefined };
    this.#queue.push(item);
    let keys = this.#newest.get(record.collection);
    if (keys === undefined) {
      keys = new Map();
      this.#newest.set(record.collection, keys);
    }
    keys.set(record.key, record);
    return item;
  }

  /** Takes out, in order, the records of all batches that end below `end`, one after the other. */
  *takeCommitted(end: LogOffset): IterableIterator<[PendingRecord, RecordPlace]> {
    for (;;) {
      const item = this.#queue[this.#head];
      if (item === undefined || item.record.batchEnd >= end) return;
      if (item.place === undefined) {
        throw new Error(`assertion failed: record ${item.record.offset} committed before written`);
      }
      this.#head++;
      this.#compactQueue();
      this.#forget(item.record);
      yield [item.record, item.place];
    }
  }

  #forget(record: PendingRecord): void {
    const keys = this.#newest.get(record.collection);
    if (keys?.get(record.key) !== record) return;
    keys.delete(record.key);
    if (keys.size === 0) this.#newest.delete(record.collection);
  }

  #compactQueue(): void {
    if (this.#head === this.#queue.length || this.#head >= 4096) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
