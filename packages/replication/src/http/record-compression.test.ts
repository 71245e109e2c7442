import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync } from "node:zlib";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  asksForCompression,
  compressedBytesAtLeast,
  compressedRecords,
  decodedBytesAtMost,
  decompressedRecords,
} from "./record-compression.ts";

const KiB = 1 << 10;
const MiB = 1 << 20;
const asked = 4 * MiB;

/** Bytes that become fewer. */
const lines = (byteLength: number): Buffer => {
  const bytes = Buffer.alloc(byteLength);
  for (let at = 0; at < byteLength; at += 32) bytes.write(`user:${at} is number ${at % 977}`, at);
  return bytes;
};

/** How many bytes are decoded. A failure that shows them would take long. */
const decodedBytes = async (bytes: Uint8Array): Promise<number> =>
  (await decompressedRecords(bytes, asked)).byteLength;

async function compressedLines(byteLength: number): Promise<Buffer> {
  const compressed = await compressedRecords(lines(byteLength), asked);
  if (compressed === undefined) throw new Error("they were left as they are");
  return compressed;
}

test.each([
  ["zstd", true],
  ["gzip, zstd , br", true],
  ["gzip", false],
  ["zstd;q=0", false],
  ["zstandard", false],
  ["", false],
  [undefined, false],
])("accept-encoding: %s", (header, isAsked) => {
  expect(asksForCompression(header)).toBe(isAsked);
});

describe("records", () => {
  test.each([compressedBytesAtLeast, 100_000, 4 * MiB, 5 * MiB])(
    "%i bytes become fewer, and the same again",
    async (byteLength) => {
      const compressed = await compressedLines(byteLength);
      expect(compressed.byteLength).toBeLessThan(byteLength / 2);
      const decoded = await decompressedRecords(compressed, asked);
      expect(decoded.equals(lines(byteLength))).toBe(true);
    },
  );

  test.each([
    ["few", lines(compressedBytesAtLeast - 1), asked],
    ["that would not become fewer", randomBytes(100 * KiB), asked],
    ["of a batch that is larger than who asks would decode", lines(16 * MiB + 2), 1],
  ])("%s are left as they are", async (_what, bytes, maxBytes) => {
    expect(await compressedRecords(bytes, maxBytes)).toBeUndefined();
  });
});

describe("what a leader would not send", () => {
  test("is decoded up to the bound, and no further", async () => {
    const bound = decodedBytesAtMost(asked);
    const zeros = (bytes: number): Buffer => zstdCompressSync(Buffer.alloc(bytes));
    expect(zeros(bound + 1).byteLength).toBeLessThan(10 * KiB);
    expect(await decodedBytes(zeros(bound))).toBe(bound);
    await expect(decodedBytes(zeros(bound + 1))).rejects.toMatchObject({
      code: "ERR_BUFFER_TOO_LARGE",
    });
  });

  test("is refused where it would take a large window", async () => {
    const params = { [constants.ZSTD_c_windowLog]: 27 };
    const bytes = await promisify(zstdCompress)(randomBytes(MiB), { params });
    await expect(decodedBytes(bytes)).rejects.toThrow("too much memory");
  });

  test("cut short, at any byte", async () => {
    const compressed = await compressedLines(compressedBytesAtLeast);
    for (let length = 0; length < compressed.byteLength; length += 7) {
      await expect(decodedBytes(compressed.subarray(0, length))).rejects.toThrow(
        "unexpected end of file",
      );
    }
  });

  test("damaged by flipped bits is refused, or is what it was", async () => {
    const compressed = await compressedLines(compressedBytesAtLeast);
    const original = lines(compressedBytesAtLeast);
    const anyBit = fc.nat(compressed.byteLength * 8 - 1);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyBit, { minLength: 1, maxLength: 3 }), async (bits) => {
        const damaged = Buffer.from(compressed);
        for (const bit of bits) damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const decoded = await decompressedRecords(damaged, asked).catch(() => "refused" as const);
        expect(decoded === "refused" || decoded.equals(original)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
