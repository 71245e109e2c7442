import { describe, expect, test } from "vitest";

import {
  InvalidKeyError,
  InvalidNameError,
  InvalidOptionError,
  InvalidValueError,
  TooLargeError,
} from "../errors.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { validFrameEnd } from "../log/frame.ts";
import { groupHeaderBytes } from "../log/group-header.ts";
import { decodeRecord } from "../log/record.ts";
import { epoch, logOffset, timestampMs, type TimestampMs } from "../scalars.ts";
import { decodeValue } from "../value/value-decoder.ts";
import { OpenGroup } from "../write/open-group.ts";
import { PendingRecords } from "../write/pending-records.ts";

import { encodeChecks, OperationEncoder, type BatchOperation } from "./operation-encoder.ts";

const limits = { maxValueBytes: 100, maxBatchOperations: 3, maxBatchBytes: 120 };
const put = (key: string, value: unknown): BatchOperation =>
  ({ op: "put", collection: "c", key, value }) as BatchOperation;
const stamp = { firstOffset: logOffset(7), epoch: epoch(2), timestamp: timestampMs(3), notes: [] };

/** The records that operations become. Encodes them at once or stages them first, with the same result. */
function encode(...operations: readonly BatchOperation[]): unknown[] {
  const [direct, staged] = [false, true].map((isStaged) => {
    const group = new OpenGroup();
    const pending = new PendingRecords();
    const before = group.bytes.toString("hex");
    const encoder = new OperationEncoder(limits);
    try {
      const taken = isStaged ? encoder.stage(operations).operations : operations;
      encoder.encode(taken, stamp, group, pending);
    } catch (error) {
      expect(group.bytes.toString("hex")).toBe(before);
      expect(pending.newest(byteStringOf("c"), byteStringOf("a"))).toBeUndefined();
      throw error;
    }
    return recordsIn(group.bytes);
  });
  expect(staged).toEqual(direct);
  return direct ?? [];
}

function recordsIn(bytes: Buffer): unknown[] {
  const records: unknown[] = [];
  let start = groupHeaderBytes;
  while (start < bytes.byteLength) {
    const end = validFrameEnd(bytes, start, bytes.byteLength);
    if (end === undefined) throw new Error(`no valid frame at ${start}`);
    const { valueStart, valueEnd, ...envelope } = decodeRecord(bytes, start, end);
    records.push({ ...envelope, value: decodeValue(bytes, valueStart, valueEnd) });
    start = end;
  }
  return records;
}

test("operations become records, in their order", () => {
  const expires = 5 as TimestampMs;
  const records = encode(
    { op: "put", collection: "c", key: "é", value: [1, "x"], expires },
    { op: "delete", collection: "d", key: "k" },
  );
  const common = { epoch: 2, timestamp: 3 };
  const put = { ...common, kind: FrameKind.put, offset: 7, batchRemaining: 1, expires };
  const remove = { ...common, kind: FrameKind.delete, offset: 8, batchRemaining: 0, expires: null };
  expect(records).toEqual([
    { ...put, collection: "c", key: "\u00c3\u00a9", value: [1, "x"] },
    { ...remove, collection: "d", key: "k", value: null },
  ]);
});

test("a value that lives for a time ceases to be that long after it was taken in", () => {
  const put = { op: "put", collection: "c", key: "k", value: 1 } as const;
  expect(encode({ ...put, ttlMs: 40 })).toMatchObject([{ timestamp: 3, expires: 43 }]);
  for (const ttlMs of [0, -1, 1.5, Number.NaN]) {
    expect(() => encode({ ...put, ttlMs })).toThrow(InvalidOptionError);
  }
  expect(() => encode({ ...put, ttlMs: 1, expires: timestampMs(9) })).toThrow(InvalidOptionError);
});

test("a value that was staged is as it was then, whatever becomes of it", () => {
  const encoder = new OperationEncoder(limits);
  const value = { list: [1] };
  const { operations } = encoder.stage([put("k", value)]);
  value.list.push(2);
  const group = new OpenGroup();
  encoder.encode(operations, stamp, group, new PendingRecords());
  expect(recordsIn(group.bytes)).toMatchObject([{ value: { list: [1] } }]);
});

describe("limits", () => {
  test("a value takes so many bytes encoded and no more", () => {
    expect(() => encode(put("k", "x".repeat(98)))).not.toThrow();
    expect(() => encode(put("k", "x".repeat(99)))).toThrow(TooLargeError);
    expect(() => encode(put("k", new Uint8Array(98)))).not.toThrow();
    expect(() => encode(put("k", new Uint8Array(99)))).toThrow(
      expect.objectContaining({ limit: 100, unit: "bytes", code: "TOO_LARGE" }),
    );
  });

  test("a batch has so many operations and no more", () => {
    expect(() => encode(put("a", 1), put("b", 1), put("c", 1))).not.toThrow();
    expect(() => encode(put("a", 1), put("b", 1), put("c", 1), put("d", 1))).toThrow(
      expect.objectContaining({ limit: 3, unit: "operations" }),
    );
  });

  test("a batch takes so many bytes and no more; a single write is bound by its value alone", () => {
    const half = "x".repeat(57); // 59 bytes encoded, and one of the key
    expect(() => encode(put("a", half), put("b", half))).not.toThrow();
    expect(() => encode(put("a", half), put("bb", half))).toThrow(
      expect.objectContaining({ limit: 120, unit: "bytes" }),
    );
    expect(() => encode(put("k".repeat(1_024), "x".repeat(98)))).not.toThrow();
  });
});

test("what is wrong with an operation is told", () => {
  expect(() => encode(put("", 1))).toThrow(InvalidKeyError);
  expect(() => encode(put("a", 1), put("b", undefined))).toThrow(InvalidValueError);
  expect(() => encode({ op: "delete", collection: "_c", key: "k" })).toThrow(InvalidNameError);
  const unknown: unknown = { op: "set", collection: "c", key: "k", value: 1 };
  expect(() => encode(unknown as BatchOperation)).toThrow(/op must be put or delete, not "set"/);
  expect(() =>
    encode({ op: "put", collection: "c", key: "k", value: 1, expires: -1 as TimestampMs }),
  ).toThrow(RangeError);
});

test("checks are encoded, and refused where their key or collection cannot be", () => {
  const offset = logOffset(7);
  expect(encodeChecks([{ collection: "c", key: "é", offset }])).toEqual([
    { collection: "c", key: "\u00c3\u00a9", offset },
  ]);
  expect(() => encodeChecks([{ collection: "c", key: "", offset: null }])).toThrow(InvalidKeyError);
  expect(() => encodeChecks([{ collection: "", key: "k", offset: null }])).toThrow(
    InvalidNameError,
  );
});
