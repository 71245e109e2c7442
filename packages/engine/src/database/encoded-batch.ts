import type { ByteString } from "../log/byte-string.ts";
import type { FrameKind } from "../log/frame-kind.ts";
import { recordBytesAtMost } from "../log/record.ts";
import type { Durability } from "../options.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

/** A checked and encoded operation. */
export interface EncodedOperation {
  readonly kind: typeof FrameKind.put | typeof FrameKind.delete;
  readonly collection: ByteString;
  readonly key: ByteString;
  /** The value's msgpack; nil in a delete. */
  readonly value: Uint8Array;
  readonly expires: TimestampMs | null;
}

/** What must hold for a batch to be written. */
export interface EncodedCheck {
  readonly collection: ByteString;
  readonly key: ByteString;
  /** The key's newest offset, or null for "absent". */
  readonly offset: LogOffset | null;
}

export interface EncodedBatch {
  readonly operations: readonly EncodedOperation[];
  readonly checks: readonly EncodedCheck[];
  readonly durability: Durability;
  /** Write nothing, and resolve to undefined, where the key of the only operation is absent. */
  readonly onlyIfPresent: boolean;
}

/** An upper bound of the bytes that its records take in the log. */
export const batchBytes = (batch: EncodedBatch): number =>
  batch.operations.reduce(
    (sum, { collection, key, value }) => sum + recordBytesAtMost(collection, key, value),
    0,
  );
