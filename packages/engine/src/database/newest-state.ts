import type { Clock } from "../clock.ts";
import { ConflictError } from "../errors.ts";
import type { IndexEntry } from "../index/entry-codec.ts";
import type { Keyspace } from "../index/keyspace.ts";
import { textOf, type ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { Log } from "../log/log.ts";
import { isExpired, noteIn, readNote, readOffset, type FoundNote } from "../read/entry-reader.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import {
  frameOfPending,
  type PendingRecord,
  type PendingRecords,
} from "../write/pending-records.ts";

import type { BatchNote } from "./batch-note.ts";
import type { EncodedCheck } from "./operation-encoder.ts";

/** A key that is not as a batch wants it. */
export interface BrokenCheck {
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly conflict: ConflictError;
}

/**
 * The newest appended state of a database, writes in flight included: what conditions are judged
 * against, so that of two writers with the same condition only one can win.
 */
export class NewestState {
  readonly #log: Log;
  readonly #keyspace: Keyspace;
  readonly #pending: PendingRecords;
  readonly #clock: Clock;

  constructor(log: Log, keyspace: Keyspace, pending: PendingRecords, clock: Clock) {
    this.#log = log;
    this.#keyspace = keyspace;
    this.#pending = pending;
    this.#clock = clock;
  }

  /** The first check that does not hold; undefined where all do. */
  brokenCheck(checks: readonly EncodedCheck[]): BrokenCheck | undefined {
    for (const [checkIndex, { collection, key, offset }] of checks.entries()) {
      const actualOffset = this.#offsetOf(collection, key);
      if (actualOffset === offset) continue;
      const conflict = new ConflictError({
        collection: textOf(collection),
        key: textOf(key),
        expectedOffset: offset,
        actualOffset,
        checkIndex,
      });
      return { collection, key, conflict };
    }
    return undefined;
  }

  /** Whether a key has a value. */
  has(collection: ByteString, key: ByteString): boolean {
    return this.#holderOf(collection, key) !== undefined;
  }

  /** The newest note of a key. */
  note(collection: ByteString, key: ByteString): FoundNote | undefined {
    const holder = this.#holderOf(collection, key);
    if (holder === undefined) return undefined;
    return "offset" in holder
      ? noteIn(frameOfPending(holder, this.#log), holder.byteLength)
      : readNote(this.#log, key, holder);
  }

  /** A note as it is to be written at `now`: kept no shorter than the one that it replaces. */
  lasting(note: BatchNote, now: TimestampMs): BatchNote {
    const expires = this.#holderOf(note.collection, note.key)?.expires ?? null;
    return expires === null ? note : note.lasting(now, expires);
  }

  /** The offset of a key's value; null where it has none. */
  #offsetOf(collection: ByteString, key: ByteString): LogOffset | null {
    const holder = this.#holderOf(collection, key);
    if (holder === undefined) return null;
    return "offset" in holder ? holder.offset : readOffset(this.#log, key, holder);
  }

  /** What holds a key's value; undefined where it has none. */
  #holderOf(collection: ByteString, key: ByteString): PendingRecord | IndexEntry | undefined {
    const pending = this.#pending.newest(collection, key);
    if (pending?.kind === FrameKind.delete) return undefined;
    const holder = pending ?? this.#keyspace.get(collection, key);
    if (holder === undefined || isExpired(holder.expires, () => this.#clock.now()))
      return undefined;
    return holder;
  }
}
