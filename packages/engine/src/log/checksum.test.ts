import { crc32 } from "node:zlib";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { checksumOf } from "./checksum.ts";

test("the sum is that of zlib, of any part of a buffer, short or long", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600, size: "max" }),
      fc.nat({ max: 600 }),
      fc.nat({ max: 600 }),
      (bytes, one, other) => {
        const start = Math.min(one, other, bytes.length);
        const end = Math.min(Math.max(one, other), bytes.length);
        const buffer = Buffer.from(bytes);
        expect(checksumOf(buffer, start, end)).toBe(crc32(bytes.subarray(start, end)));
      },
    ),
  );
});
