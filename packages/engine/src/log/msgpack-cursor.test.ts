import * as fc from "fast-check";
import { Packr, Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { byteStringOf, textOf } from "./byte-string.ts";
import { MalformedEnvelopeError, MsgpackReader, MsgpackWriter } from "./msgpack-cursor.ts";

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

/** The bytes that `write` writes. */
function written(write: (writer: MsgpackWriter) => void): Buffer {
  const writer = new MsgpackWriter(Buffer.alloc(70_000));
  write(writer);
  return writer.bytes.subarray(0, writer.position);
}

const readerOf = (bytes: Buffer): MsgpackReader => new MsgpackReader(bytes, 0, bytes.byteLength);

const borders = [
  0,
  1,
  0x7f,
  0x80,
  0xff,
  0x100,
  0xffff,
  0x1_0000,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
];
const uint = fc.oneof(fc.constantFrom(...borders), fc.nat(), fc.maxSafeNat());
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom(31, 32, 255, 256, 65_535).map((length) => "x".repeat(length)),
);

describe("what the writer writes", () => {
  test("msgpackr reads as the same, and so does the reader", () => {
    fc.assert(
      fc.property(uint, (value) => {
        const bytes = written((writer) => writer.uint(value));
        expect(unpackr.unpack(bytes)).toBe(value);
        expect(readerOf(bytes).uint()).toBe(value);
      }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const bytes = written((writer) => writer.byteString(byteStringOf(value)));
        expect(unpackr.unpack(bytes)).toBe(value);
        expect(textOf(readerOf(bytes).byteString())).toBe(value);
      }),
    );
  });

  test("integers are as short as they can be, as those of msgpackr", () => {
    fc.assert(
      fc.property(uint32, (value) => {
        expect(written((writer) => writer.uint(value))).toEqual(packr.pack(value));
      }),
    );
  });

  test("integers of a fixed width have it, whatever their size", () => {
    for (const value of borders) {
      const wide = written((writer) => writer.uint64(value));
      expect(wide.byteLength).toBe(9);
      expect(readerOf(wide).uint()).toBe(value);
      if (value >= 2 ** 32) continue;
      const narrow = written((writer) => writer.uint32(value));
      expect(narrow.byteLength).toBe(5);
      expect(readerOf(narrow).uint()).toBe(value);
    }
  });

  test("an array of mixed items is one array for msgpackr", () => {
    const bytes = written((writer) => {
      writer.arrayHeader(4);
      writer.uint(300);
      writer.nil();
      writer.byteString(byteStringOf("é😀"));
      writer.raw(packr.pack({ a: [1] }));
    });
    expect(unpackr.unpack(bytes)).toEqual([300, null, "é😀", { a: [1] }]);
  });
});

describe("the reader", () => {
  test("reads what msgpackr writes", () => {
    fc.assert(
      fc.property(uint32, (value) => {
        expect(readerOf(packr.pack(value)).uint()).toBe(value);
        expect(readerOf(packr.pack(value)).uintOrNil()).toBe(value);
      }),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(textOf(readerOf(packr.pack(value)).byteString())).toBe(value);
      }),
    );
    expect(readerOf(packr.pack(null)).uintOrNil()).toBeNull();
  });

  test("refuses every other type, and bytes that are cut off", () => {
    const attempts: readonly ((reader: MsgpackReader) => unknown)[] = [
      (reader) => reader.uint(),
      (reader) => reader.uintOrNil(),
      (reader) => reader.byteString(),
      (reader) => reader.arrayHeader(9),
    ];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        for (const attempt of attempts) {
          const reader = new MsgpackReader(Buffer.from(bytes), 0, bytes.byteLength);
          try {
            attempt(reader);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedEnvelopeError);
          }
          expect(reader.position).toBeLessThanOrEqual(bytes.byteLength);
        }
      }),
      { numRuns: 2_000 },
    );
    for (const value of [-1, 1.5, true, null, "1", [1], { a: 1 }]) {
      expect(() => readerOf(packr.pack(value)).uint()).toThrow(MalformedEnvelopeError);
    }
    const beyond = Buffer.from("cf0020000000000000", "hex"); // 2^53
    expect(() => readerOf(beyond).uint()).toThrow(MalformedEnvelopeError);
    const whole = packr.pack("a longer text than fits into one byte of length, really");
    expect(() => readerOf(whole.subarray(0, -1)).byteString()).toThrow(MalformedEnvelopeError);
  });

  test("does not read beyond its end, even if there are bytes", () => {
    const bytes = Buffer.from([0xcd, 0x01, 0x00]);
    expect(() => new MsgpackReader(bytes, 0, 2).uint()).toThrow(MalformedEnvelopeError);
    expect(() => new MsgpackReader(Buffer.from([0xc0]), 0, 0).uintOrNil()).toThrow(
      MalformedEnvelopeError,
    );
  });
});
