import * as fc from "fast-check";
import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { frameOf } from "./frame.ts";
import {
  groupHeaderBytes,
  groupSignature,
  readGroupHeader,
  signatureOffset,
  writeGroupHeader,
  type GroupHeader,
} from "./group-header.ts";
import { greatestSyncedUpTo } from "./segment-scanner.ts";

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const header: fc.Arbitrary<GroupHeader> = fc.record({
  logId: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  position: uint32.map((value) => value as BytePosition),
  syncedUpTo: uint32.map((value) => value as BytePosition),
  recordBytes: uint32,
  nextOffset: fc.maxSafeNat().map((value) => value as LogOffset),
  highWatermark: fc.maxSafeNat().map((value) => value as LogOffset),
});

function bytesOf(header: GroupHeader): Buffer {
  const bytes = Buffer.alloc(groupHeaderBytes);
  writeGroupHeader(bytes, 0, header);
  return bytes;
}

test("a header is read as it was written, always has one length, and is found by its signature", () => {
  fc.assert(
    fc.property(header, (header) => {
      const bytes = bytesOf(header);
      const { logId, position } = header;
      expect(readGroupHeader(bytes, 0, bytes.byteLength, logId, position)).toEqual(header);
      expect(bytes.indexOf(groupSignature(logId))).toBe(signatureOffset);
    }),
  );
});

test("a header is valid only in its own log, at its own place, and whole", () => {
  fc.assert(
    fc.property(header, (header) => {
      const bytes = bytesOf(header);
      const { logId, position } = header;
      const end = bytes.byteLength;
      expect(readGroupHeader(bytes, 0, end, logId ^ 1, position)).toBeUndefined();
      expect(readGroupHeader(bytes, 0, end, logId, position + 1)).toBeUndefined();
      expect(readGroupHeader(bytes, 0, end - 1, logId, position)).toBeUndefined();
      for (let at = 0; at < end; at++) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
        expect(readGroupHeader(damaged, 0, end, logId, position)).toBeUndefined();
      }
    }),
  );
  const other = frameOf(Buffer.alloc(groupHeaderBytes - 8));
  expect(readGroupHeader(other, 0, other.byteLength, 1, 0)).toBeUndefined();
});

test("headers are found anywhere in a file, copies of them in values are not", async () => {
  const logId = 77;
  const disk = new MemoryFileSystem();
  const at = async (size: number, places: readonly (readonly [at: number, says: number])[]) => {
    const bytes = Buffer.alloc(size, 0xaa);
    for (const [place, says] of places) {
      const header = { logId, position: says as BytePosition, syncedUpTo: says as BytePosition };
      const rest = { recordBytes: 0, nextOffset: 0 as LogOffset, highWatermark: 0 as LogOffset };
      bytesOf({ ...header, ...rest }).copy(bytes, place);
    }
    disk.writeBytes("/log", bytes);
    const file = await disk.open("/log", "read");
    return greatestSyncedUpTo(file, logId, 0, size);
  };
  expect(await at(10_000, [])).toBe(0);
  expect(await at(10_000, [[4_321, 4_321]])).toBe(4_321);
  // Written somewhere else first, and stored in a value since.
  expect(await at(10_000, [[4_321, 4_320]])).toBe(0);
  expect(
    await at(10_000, [
      [100, 100],
      [5_000, 5_000],
      [7_000, 1],
    ]),
  ).toBe(5_000);
  // On the border between two steps of reading, and at the very end.
  const step = 1 << 20;
  for (const place of [step - groupHeaderBytes, step - 20, step - 1, step]) {
    expect(await at(step + 1_000, [[place, place]])).toBe(place);
  }
  expect(await at(5_000, [[5_000 - groupHeaderBytes, 5_000 - groupHeaderBytes]])).toBe(
    5_000 - groupHeaderBytes,
  );
});
