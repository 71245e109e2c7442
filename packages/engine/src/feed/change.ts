import { CorruptionError } from "../errors.ts";
import { textOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable } from "../value/storable.ts";
import { decodeValue } from "../value/value-decoder.ts";

import type { CursorRecord } from "./log-cursor.ts";

/** What all changes of a key tell. */
interface KeyChange {
  readonly collection: string;
  readonly key: string;
  /** Which record it is. A feed that begins at the offset after it goes on without loss or repetition. */
  readonly offset: LogOffset;
  /** When it was written, by the clock of the node that wrote it; never used for ordering. */
  readonly timestamp: TimestampMs;
  /**
   * How many records of the same batch follow; 0 in the last one and in a single write. Compaction may
   * have dropped some of them, and a feed's filter may hide them.
   */
  readonly batchRemaining: number;
}

/** A key got a value. */
export interface PutChange extends KeyChange {
  readonly type: "put";
  readonly value: Storable;
  /** When the value ceases to be, or null for never. That it has is not told by another change. */
  readonly expires: TimestampMs | null;
}

/** A key lost its value. */
export interface DeleteChange extends KeyChange {
  readonly type: "delete";
}

/**
 * Not a change but a warning: compaction has dropped deletions that this feed would have shown, or may
 * have; or values that expired, after they had replaced others. Whoever builds a copy from the feed still
 * has what is gone, unless it drops all that it has and starts over from offset 0. The feed goes on with
 * what is there.
 */
export interface PurgeNotice {
  readonly type: "purged";
  /** Where the feed stands: all before it was complete. */
  readonly from: LogOffset;
  /** From here on all that was written is there, but for what a newer record has replaced. */
  readonly purgeFloor: LogOffset;
}

/** What a change feed yields. */
export type Change = PutChange | DeleteChange | PurgeNotice;

/**
 * What a record tells; undefined where it is of no key, as the one with which an epoch begins. Throws
 * CorruptionError where its value is none.
 */
export function changeOf(found: CursorRecord): PutChange | DeleteChange | undefined {
  const { kind, offset, timestamp, expires, batchRemaining } = found.record;
  const collection = textOf(found.record.collection);
  const key = textOf(found.record.key);
  switch (kind) {
    case FrameKind.put: {
      const value = valueOf(found);
      return { type: "put", collection, key, value, offset, timestamp, expires, batchRemaining };
    }
    case FrameKind.delete:
      return { type: "delete", collection, key, offset, timestamp, batchRemaining };
    case FrameKind.epoch:
      return undefined;
  }
}

function valueOf({ record, bytes, segment, position }: CursorRecord): Storable {
  try {
    return decodeValue(bytes, record.valueStart, record.valueEnd);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    throw new CorruptionError(segment.path, position, "a value is malformed", { cause: error });
  }
}
