import { InvalidOptionError, TooLargeError } from "../errors.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { nilValue } from "../log/record.ts";
import { checkKey, checkName } from "../names.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import { timestampMs, type LogOffset, type TimestampMs } from "../scalars.ts";
import { checkStorable, encodeStorable, type Storable } from "../storable.ts";

import type { EncodedCheck, EncodedOperation } from "./encoded-batch.ts";

/** One write of a batch. */
export type BatchOperation =
  | {
      readonly op: "put";
      readonly collection: string;
      readonly key: string;
      readonly value: Storable;
      /** When the value ceases to be. Default: never. */
      readonly expires?: TimestampMs;
    }
  | { readonly op: "delete"; readonly collection: string; readonly key: string };

/** What must hold for a batch to be written: the key's newest offset, or null for "absent". */
export interface BatchCheck {
  readonly collection: string;
  readonly key: string;
  readonly offset: LogOffset | null;
}

/** Checks and encodes operations; throws what is wrong with the first bad one. */
export function encodeOperations(
  operations: readonly BatchOperation[],
  limits: Pick<ResolvedStoreOptions, "maxValueBytes" | "maxBatchOperations" | "maxBatchBytes">,
): EncodedOperation[] {
  if (operations.length === 0) throw new InvalidOptionError("a batch has at least one operation");
  const { maxBatchOperations, maxBatchBytes } = limits;
  if (operations.length > maxBatchOperations) {
    throw new TooLargeError(
      `a batch has at most ${maxBatchOperations} operations, this one has ${operations.length}`,
      maxBatchOperations,
      "operations",
    );
  }
  let batchBytes = 0;
  return operations.map((operation) => {
    const encoded = encodeOperation(operation, limits.maxValueBytes);
    batchBytes += encoded.key.length + encoded.value.byteLength;
    if (operations.length > 1 && batchBytes > maxBatchBytes) {
      throw new TooLargeError(
        `a batch has at most ${maxBatchBytes} bytes of keys and encoded values: make it smaller`,
        maxBatchBytes,
        "bytes",
      );
    }
    return encoded;
  });
}

function encodeOperation(operation: BatchOperation, maxValueBytes: number): EncodedOperation {
  checkName("collection", operation.collection);
  checkKey(operation.key);
  const collection = byteStringOf(operation.collection);
  const key = byteStringOf(operation.key);
  if (operation.op === "delete") {
    return { kind: FrameKind.delete, collection, key, value: nilValue, expires: null };
  }
  checkStorable(operation.value);
  const value = encodeStorable(operation.value);
  if (value.byteLength > maxValueBytes) {
    throw new TooLargeError(
      `a value has at most ${maxValueBytes} bytes encoded, this one has ${value.byteLength}`,
      maxValueBytes,
      "bytes",
    );
  }
  const expires = operation.expires === undefined ? null : timestampMs(operation.expires);
  return { kind: FrameKind.put, collection, key, value, expires };
}

/** Checks and encodes the conditions of a batch. */
export function encodeChecks(checks: readonly BatchCheck[]): EncodedCheck[] {
  return checks.map(({ collection, key, offset }) => {
    checkName("collection", collection);
    checkKey(key);
    return { collection: byteStringOf(collection), key: byteStringOf(key), offset };
  });
}
