import { InvalidOptionError, InvalidValueError, TooLargeError } from "../errors.ts";
import { byteStringOf, type ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { MsgpackWriter } from "../log/msgpack-cursor.ts";
import { beginRecord, endRecord, nilValue } from "../log/record.ts";
import { checkName, keyBytesOf } from "../names.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import { timestampMs, type Epoch, type LogOffset, type TimestampMs } from "../scalars.ts";
import { EncodedValue } from "../value/encoded-value.ts";
import type { Storable, StorableShape } from "../value/storable.ts";
import { encodeValue } from "../value/value-encoder.ts";
import type { OpenGroup } from "../write/open-group.ts";
import type { PendingRecords } from "../write/pending-records.ts";

import { BatchNote } from "./batch-note.ts";

/** Sets the value of a key. */
export interface PutOperation<Value extends StorableShape = Storable> {
  readonly op: "put";
  readonly collection: string;
  readonly key: string;
  readonly value: Value;
  /** When the value ceases to be. Default: never. */
  readonly expires?: TimestampMs;
  /** After how many milliseconds the value ceases to be, instead of `expires`. Default: never. */
  readonly ttlMs?: number;
}

/** Removes a key. */
export interface DeleteOperation {
  readonly op: "delete";
  readonly collection: string;
  readonly key: string;
}

/** One write of a batch. */
export type BatchOperation<Value extends StorableShape = Storable> =
  | PutOperation<Value>
  | DeleteOperation;

/** What must hold for a batch to be written: the key's newest offset, or null for "absent". */
export interface BatchCheck {
  readonly collection: string;
  readonly key: string;
  readonly offset: LogOffset | null;
}

/** As BatchCheck, with keys as they are in the index. */
export interface EncodedCheck {
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly offset: LogOffset | null;
}

/** An operation as it is taken in: from a caller, or kept for later by `stage`. */
export type Operation =
  | BatchOperation<StorableShape>
  | (Omit<PutOperation, "value"> & { readonly value: EncodedValue });

/** What the records of a batch have in common. */
export interface BatchStamp {
  readonly firstOffset: LogOffset;
  readonly epoch: Epoch;
  readonly timestamp: TimestampMs;
  /** What the engine writes before the batch's own records. */
  readonly notes: readonly BatchNote[];
}

type Limits = Pick<ResolvedStoreOptions, "maxValueBytes" | "maxBatchOperations" | "maxBatchBytes">;

/** Checks operations and encodes them as records, right into the group that will be written. */
export class OperationEncoder {
  readonly #limits: Limits;
  // Most operations of a batch are on the same collection.
  #lastCollection: ByteString | undefined;
  #isEncoding = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Throws InvalidValueError where it is called from within `encode`. */
  refuseNested(): void {
    if (!this.#isEncoding) return;
    throw new InvalidValueError(
      "a getter of a value that is being written writes itself: give the value as plain data",
    );
  }

  /**
   * Appends all operations to a group, or none where one is bad, and throws what is wrong with it.
   * Returns the offset after the last one's.
   */
  encode(
    operations: readonly Operation[],
    stamp: BatchStamp,
    group: OpenGroup,
    pending: PendingRecords,
  ): LogOffset {
    this.#checkCount(operations.length);
    const { notes } = stamp;
    const all = notes.length === 0 ? operations : [...notes, ...operations];
    const { writer } = group;
    const start = writer.position;
    this.#isEncoding = true;
    let offset = stamp.firstOffset;
    let batchRemaining = all.length;
    const batchEnd = (offset + batchRemaining - 1) as LogOffset;
    let batchBytes = 0;
    try {
      for (const operation of all) {
        batchRemaining--;
        const record = {
          kind: kindOf(operation),
          offset,
          epoch: stamp.epoch,
          timestamp: stamp.timestamp,
          expires: expiryOf(operation, stamp.timestamp),
          batchRemaining,
          collection: this.#collectionBytes(operation),
          key: keyBytesOf(operation.key),
          batchEnd,
          group: group.place,
          start: writer.position,
          byteLength: 0,
        };
        beginRecord(writer, record);
        const valueStart = writer.position;
        if (operation.op === "put") this.#writeValue(writer, operation.value);
        else writer.raw(nilValue);
        batchBytes += record.key.length + writer.position - valueStart;
        if (operations.length > 1) this.#checkBatchBytes(batchBytes);
        endRecord(writer, record.start);
        record.byteLength = writer.position - record.start;
        pending.add(record);
        offset = (offset + 1) as LogOffset;
      }
      if (batchRemaining !== 0) {
        throw new InvalidOptionError("the batch was changed while it was being written");
      }
      return offset;
    } catch (error) {
      writer.position = start;
      pending.dropFrom(stamp.firstOffset);
      throw error;
    } finally {
      this.#isEncoding = false;
    }
  }

  /**
   * Checks operations that have to wait, and encodes their values now, as they may be changed until
   * then. `bytes` is about what they will take.
   */
  stage(operations: readonly Operation[]): {
    readonly operations: readonly Operation[];
    readonly bytes: number;
  } {
    this.#checkCount(operations.length);
    let bytes = 0;
    const staged = operations.map((operation): Operation => {
      kindOf(operation);
      this.#collectionBytes(operation);
      bytes += keyBytesOf(operation.key).length;
      expiryOf(operation, 0 as TimestampMs);
      if (operation.op === "delete") return { ...operation };
      const writer = new MsgpackWriter(Buffer.alloc(0));
      this.#writeValue(writer, operation.value);
      bytes += writer.position;
      if (operations.length > 1) this.#checkBatchBytes(bytes);
      return {
        ...operation,
        value: EncodedValue.writtenBy(writer),
      };
    });
    return { operations: staged, bytes };
  }

  #collectionBytes(operation: Operation): ByteString {
    const { collection } = operation;
    if (collection !== this.#lastCollection) {
      // Not remembered: the next operation may be a user's.
      if (operation instanceof BatchNote) return operation.collection;
      checkName("collection", collection);
      this.#lastCollection = byteStringOf(collection);
    }
    return this.#lastCollection;
  }

  #writeValue(writer: MsgpackWriter, value: StorableShape | EncodedValue): void {
    if (value instanceof EncodedValue) {
      writer.raw(value.bytes);
      return;
    }
    const start = writer.position;
    encodeValue(writer, value);
    const bytes = writer.position - start;
    const { maxValueBytes } = this.#limits;
    if (bytes > maxValueBytes) {
      throw new TooLargeError(
        `a value has at most ${maxValueBytes} bytes encoded, this one has ${bytes}`,
        maxValueBytes,
        "bytes",
      );
    }
  }

  #checkCount(operations: number): void {
    const { maxBatchOperations } = this.#limits;
    if (operations > maxBatchOperations) {
      throw new TooLargeError(
        `a batch has at most ${maxBatchOperations} operations, this one has ${operations}`,
        maxBatchOperations,
        "operations",
      );
    }
  }

  #checkBatchBytes(bytes: number): void {
    const { maxBatchBytes } = this.#limits;
    if (bytes > maxBatchBytes) {
      throw new TooLargeError(
        `a batch has at most ${maxBatchBytes} bytes of keys and encoded values: make it smaller`,
        maxBatchBytes,
        "bytes",
      );
    }
  }
}

function kindOf({ op }: Operation): typeof FrameKind.put | typeof FrameKind.delete {
  switch (op) {
    case "put":
      return FrameKind.put;
    case "delete":
      return FrameKind.delete;
    default:
      throw new InvalidOptionError(`op must be put or delete, not ${JSON.stringify(op)}`);
  }
}

/** When the value of an operation that is taken in at `now` ceases to be; null for never. */
function expiryOf(operation: Operation, now: TimestampMs): TimestampMs | null {
  if (operation.op === "delete") return null;
  const { expires, ttlMs } = operation;
  if (ttlMs === undefined) return expires === undefined ? null : timestampMs(expires);
  if (expires !== undefined) {
    throw new InvalidOptionError("expires and ttlMs say the same in two ways: give one of them");
  }
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) {
    throw new InvalidOptionError(`ttlMs must be a whole number from 1 on, not ${ttlMs}`);
  }
  return timestampMs(now + ttlMs);
}

/** Checks and encodes the conditions of a batch. */
export function encodeChecks(checks: readonly BatchCheck[]): EncodedCheck[] {
  return checks.map(({ collection, key, offset }) => {
    checkName("collection", collection);
    return { collection: byteStringOf(collection), key: keyBytesOf(key), offset };
  });
}
