import * as fc from "fast-check";
import { Packr, Unpackr } from "msgpackr";
import { expect, test } from "vitest";

import type { Epoch, LogOffset, TimestampMs } from "../scalars.ts";

import { byteStringOf } from "./byte-string.ts";
import { FrameKind } from "./frame-kind.ts";
import { frameHeaderBytes, frameOf, validFrameEnd } from "./frame.ts";
import { MalformedEnvelopeError, MsgpackWriter } from "./msgpack-cursor.ts";
import {
  beginRecord,
  decodeHead,
  decodeRecord,
  endRecord,
  findValue,
  type RecordEnvelope,
} from "./record.ts";

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

const key = fc.string({ unit: "binary", maxLength: 60 }).map(byteStringOf);
const envelope: fc.Arbitrary<RecordEnvelope> = fc.record({
  kind: fc.constantFrom(FrameKind.put, FrameKind.delete, FrameKind.epoch),
  offset: fc.maxSafeNat().map((value) => value as LogOffset),
  epoch: fc.maxSafeNat().map((value) => value as Epoch),
  timestamp: fc.maxSafeNat().map((value) => value as TimestampMs),
  expires: fc.option(fc.maxSafeNat().map((value) => value as TimestampMs)),
  batchRemaining: fc.nat({ max: 10_000_000 }),
  collection: key,
  key: fc.oneof(key, fc.constant(byteStringOf("k".repeat(1_024)))),
});
const value = fc.jsonValue().map((json) => ({ json, bytes: packr.pack(json) }));

/** Writes a record into a buffer that has no room for it, behind `start` bytes. */
function written(
  envelope: RecordEnvelope,
  value: Uint8Array,
  start = 0,
): { readonly bytes: Buffer; readonly end: number } {
  const writer = new MsgpackWriter(Buffer.alloc(start), start);
  expect(beginRecord(writer, envelope)).toBe(start);
  writer.raw(value);
  endRecord(writer, start);
  return { bytes: writer.bytes, end: writer.position };
}

test("a record is read as it was written, wherever it stands", () => {
  fc.assert(
    fc.property(envelope, value, fc.nat({ max: 9 }), (envelope, value, start) => {
      const { bytes, end } = written(envelope, value.bytes, start);
      expect(validFrameEnd(bytes, start, bytes.byteLength)).toBe(end);
      const { valueStart, valueEnd, ...decoded } = decodeRecord(bytes, start, end);
      expect(decoded).toEqual(envelope);
      expect(bytes.subarray(valueStart, valueEnd).equals(value.bytes)).toBe(true);
      const { offset, expires, key } = envelope;
      expect(decodeHead(bytes, start, end)).toEqual({ offset, expires });
      expect(findValue(bytes, start, key)).toBe(valueStart);
      const others = [`${key}x`, key.slice(1), `x${key.slice(1)}y`].map((other) =>
        byteStringOf(other),
      );
      for (const other of others) {
        if (other !== key) expect(findValue(bytes, start, other)).toBeUndefined();
      }
    }),
  );
});

test("any msgpack library reads a record's payload", () => {
  fc.assert(
    fc.property(envelope, value, (envelope, value) => {
      const { bytes, end } = written(envelope, value.bytes);
      const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
      const { kind, offset, epoch, timestamp, expires, batchRemaining, collection, key } = envelope;
      expect(unpackr.unpack(bytes.subarray(frameHeaderBytes, end))).toEqual([
        kind,
        offset,
        epoch,
        timestamp,
        expires,
        batchRemaining,
        text(collection),
        text(key),
        unpackr.unpack(value.bytes),
      ]);
    }),
  );
});

test("a frame of another kind is no record", () => {
  const items: unknown[] = [FrameKind.put, 0, 0, 0, null, 0, "c", "k", null];
  const sound = frameOf(packr.pack(items));
  expect(() => decodeRecord(sound, 0, sound.byteLength)).not.toThrow();
  for (const [index, other] of [
    [0, FrameKind.group],
    [0, FrameKind.segment],
    [0, 5],
    [1, -1],
    [1, "0"],
    [4, false],
    [6, null],
  ] as const) {
    const frame = frameOf(packr.pack(items.with(index, other)));
    expect(() => decodeRecord(frame, 0, frame.byteLength)).toThrow(MalformedEnvelopeError);
  }
  for (const payload of [packr.pack([]), packr.pack(items.slice(1)), packr.pack({}), Buffer.of()]) {
    const frame = frameOf(payload);
    expect(() => decodeRecord(frame, 0, frame.byteLength)).toThrow(MalformedEnvelopeError);
  }
});

test("every flipped bit and every cut of a frame is noticed", () => {
  const frame = frameOf(Buffer.from("some payload"));
  for (let bit = 0; bit < frame.byteLength * 8; bit++) {
    const bytes = Buffer.from(frame);
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(validFrameEnd(bytes, 0, bytes.byteLength)).toBeUndefined();
  }
  for (let size = 0; size < frame.byteLength; size++) {
    expect(validFrameEnd(frame, 0, size)).toBeUndefined();
  }
});
