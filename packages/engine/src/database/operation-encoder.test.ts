import { describe, expect, test } from "vitest";

import {
  InvalidKeyError,
  InvalidNameError,
  InvalidOptionError,
  InvalidValueError,
  TooLargeError,
} from "../errors.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { logOffset, type TimestampMs } from "../scalars.ts";

import { encodeChecks, encodeOperations, type BatchOperation } from "./operation-encoder.ts";

const limits = { maxValueBytes: 100, maxBatchOperations: 3, maxBatchBytes: 120 };
const put = (key: string, value: unknown): BatchOperation =>
  ({ op: "put", collection: "c", key, value }) as BatchOperation;
const encode = (...operations: readonly BatchOperation[]): ReturnType<typeof encodeOperations> =>
  encodeOperations(operations, limits);

test("operations are encoded in their order", () => {
  const expires = 5 as TimestampMs;
  const encoded = encode(
    { op: "put", collection: "c", key: "é", value: 1, expires },
    { op: "delete", collection: "d", key: "k" },
  );
  expect(encoded).toEqual([
    { kind: FrameKind.put, collection: "c", key: "\u00c3\u00a9", value: Buffer.of(1), expires },
    {
      kind: FrameKind.delete,
      collection: "d",
      key: "k",
      value: Uint8Array.of(0xc0),
      expires: null,
    },
  ]);
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

  test("a batch has so many operations and no more, and at least one", () => {
    expect(() => encode(put("a", 1), put("b", 1), put("c", 1))).not.toThrow();
    expect(() => encode(put("a", 1), put("b", 1), put("c", 1), put("d", 1))).toThrow(
      expect.objectContaining({ limit: 3, unit: "operations" }),
    );
    expect(() => encode()).toThrow(InvalidOptionError);
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
