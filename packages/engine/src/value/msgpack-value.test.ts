import * as fc from "fast-check";
import { unpack } from "msgpackr";
import { expect, test } from "vitest";

import { InvalidValueError } from "../errors.ts";

import { decodeMsgpack, encodeMsgpack } from "./msgpack-value.ts";
import { maxContainers, type Storable } from "./storable.ts";

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

const storable = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  // What has gone through JSON once has no more -0, which is stored as 0.
  fc
    .jsonValue({ maxDepth: 4, noUnicodeString: false })
    .map((json): Storable => JSON.parse(JSON.stringify(json))),
);

test("what is encoded is decoded to the same, and read by another library", () => {
  fc.assert(
    fc.property(storable, (value) => {
      const bytes = encodeMsgpack(value);
      expect(decodeMsgpack(bytes)).toEqual(value);
      if (!JSON.stringify(value).includes("__proto__")) expect(unpack(bytes)).toEqual(value);
    }),
  );
});

test("any bytes are a value or refused, and what is cut short is refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), storable, fc.nat(), (noise, value, cut) => {
      const bytes = encodeMsgpack(value);
      expect(() => decodeMsgpack(bytes.subarray(0, cut % bytes.byteLength))).toThrow(
        InvalidValueError,
      );
      try {
        const again = encodeMsgpack(decodeMsgpack(noise));
        expect(encodeMsgpack(decodeMsgpack(again))).toEqual(again);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidValueError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, unknown]>([
  ["cf 001f ffff ffff ffff", Number.MAX_SAFE_INTEGER],
  ["d3 ffe0 0000 0000 0001", -Number.MAX_SAFE_INTEGER],
  ["ca 3fc0 0000", 1.5],
  ["d0 80", -128],
  ["d9 02 c3a9", "é"],
  ["de 0001 a1 61 dc 0001 c0", { a: [null] }],
  ["82 a1 61 01 a1 61 02", { a: 2 }],
  ["c5 0001 07", Buffer.of(7)],
])("%s is a value", (hex, value) => {
  expect(decodeMsgpack(bytesOf(hex))).toEqual(value);
});

test.each<[string, string, string]>([
  ["nothing", "", "at byte 0: it ends before the value does"],
  ["bytes behind the value", "01 02", "at byte 1: 1 bytes are left over"],
  ["an extension type", "d4 01 00", "at byte 0: an extension type"],
  ["a timestamp", "d6 ff 0000 0000", "at byte 0: an extension type"],
  ["a long extension", "c7 01 01 00", "at byte 0: an extension type"],
  ["the tag that is not used", "c1", "at byte 0: 0xc1"],
  ["a name that is a number", "81 01 01", "at byte 1: the name in a map is not a string"],
  ["a name that is nil", "82 a1 61 01 c0 01", "at byte 4: the name in a map is not a string"],
  ["bytes within an array", "91 c4 01 00", "at byte 1: bytes (bin)"],
  ["an integer beyond 2^53", "cf 0020 0000 0000 0000", "9007199254740992 is beyond"],
  ["a negative one", "d3 8000 0000 0000 0000", "-9223372036854775808 is beyond"],
  ["NaN", "cb 7ff8 0000 0000 0000", "NaN is not a JSON number"],
  ["infinity", "ca 7f80 0000", "Infinity is not a JSON number"],
  ["invalid UTF-8", "a2 c3 28", "a string is not UTF-8"],
  ["a lone surrogate", "a3 ed a0 80", "a string is not UTF-8"],
  ["an array that claims too much", "dd ffff ffff", "it ends before the value does"],
  ["a map that claims too much", "df ffff ffff 00", "it ends before the value does"],
  ["a string that claims too much", "db ffff ffff 61", "it ends before the value does"],
  ["nesting too deep", `${"91".repeat(513)} c0`, "at byte 512: values nest at most 512"],
])("%s is refused", (_, hex, message) => {
  expect(() => decodeMsgpack(bytesOf(hex))).toThrow(InvalidValueError);
  expect(() => decodeMsgpack(bytesOf(hex))).toThrow(message);
});

test("arrays and maps beyond what memory can hold are refused before they are made", () => {
  const bomb = Buffer.alloc(5 + maxContainers, 0x90);
  bomb[0] = 0xdd;
  bomb.writeUInt32BE(maxContainers, 1);
  expect(() => decodeMsgpack(bomb)).toThrow("at most 4000000 arrays and maps");
});

test("a value may nest as deep as any", () => {
  let depth = 0;
  let value: unknown = decodeMsgpack(bytesOf(`${"91".repeat(511)} 90`));
  for (; Array.isArray(value); depth++) [value] = value;
  expect(depth).toBe(512);
});
