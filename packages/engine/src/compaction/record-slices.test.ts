import * as fc from "fast-check";
import { expect, test } from "vitest";

import { CorruptionError } from "../errors.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { MsgpackWriter } from "../log/msgpack-cursor.ts";
import { beginRecord, endRecord } from "../log/record.ts";
import { scanGroups } from "../log/segment-scanner.ts";
import type { BytePosition, Epoch, LogOffset, TimestampMs } from "../scalars.ts";

import { GroupOutput } from "./group-output.ts";
import { recordSlices } from "./record-slices.ts";

const logId = 7;
const path = "/segment";

/** A record with a value of so many bytes. */
function recordOf(offset: number, valueBytes: number): Buffer {
  const collection = byteStringOf("c");
  const key = byteStringOf(`key ${offset}`);
  const envelope = {
    kind: FrameKind.put,
    offset: offset as LogOffset,
    epoch: 1 as Epoch,
    timestamp: 0 as TimestampMs,
    expires: null,
    batchRemaining: 0,
    collection,
    key,
  };
  const writer = new MsgpackWriter(Buffer.alloc(0), 0);
  const start = beginRecord(writer, envelope);
  writer.raw(new Uint8Array(valueBytes));
  endRecord(writer, start);
  return writer.bytes.subarray(0, writer.position);
}

/** Writes groups of records with values of these lengths; resolves to the file and its length. */
async function written(groups: readonly (readonly number[])[]) {
  const fileSystem = new MemoryFileSystem();
  const file = await fileSystem.open(path, "create");
  const output = new GroupOutput(file, logId, 0 as BytePosition, () => 3 as LogOffset);
  let offset = 0;
  for (const lengths of groups) {
    for (const length of lengths) {
      const record = recordOf(offset++, length);
      await output.add(record, 0, record.byteLength);
    }
    await output.end(offset as LogOffset);
  }
  const start = 0 as BytePosition;
  const extent = { path, file, logId, start, end: output.position, baseOffset: 0 as LogOffset };
  return { fileSystem, extent, records: offset };
}

const lengths = fc.oneof(
  { weight: 20, arbitrary: fc.nat({ max: 300 }) },
  { weight: 3, arbitrary: fc.nat({ max: 40_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(131_000, 140_000, 700_000) },
);
const groups = fc.array(fc.array(lengths, { maxLength: 150, size: "max" }), { maxLength: 4 });

test("slices hold all records of all groups, a few at a time, as a scan of the groups does", async () => {
  await fc.assert(
    fc.asyncProperty(groups, async (groups) => {
      const { extent, records } = await written(groups);
      const scanned: number[] = [];
      const scan = scanGroups(extent.file, logId, extent.start, extent.baseOffset, extent.end);
      let step = await scan.next();
      for (; step.done !== true; step = await scan.next()) {
        scanned.push(...step.value.records.map(({ position }) => position));
      }
      expect(step.value.damage).toBeUndefined();
      const sliced: number[] = [];
      const ends: number[] = [];
      let readBytes = 0;
      for await (const slice of recordSlices(extent)) {
        expect(slice.records.length).toBeLessThanOrEqual(64);
        sliced.push(...slice.records.map(({ position }) => position));
        readBytes += slice.readBytes;
        if (slice.endsGroup) ends.push(slice.group.nextOffset);
      }
      expect(sliced).toEqual(scanned);
      expect(sliced.length).toBe(records);
      expect(readBytes).toBe(extent.end);
      expect(ends.length).toBe(groups.length);
    }),
    { numRuns: 40 },
  );
});

test("no flipped bit goes unnoticed", async () => {
  const { fileSystem, extent } = await written([[3, 5], [], [4]]);
  const clean = fileSystem.readBytes(path).slice();
  for (let bit = 0; bit < extent.end * 8; bit++) {
    fileSystem.writeBytes(path, clean);
    fileSystem.flipBit(path, bit);
    const file = await fileSystem.open(path, "read");
    const reading = Array.fromAsync(recordSlices({ ...extent, file }));
    await expect(reading, `bit ${bit}`).rejects.toThrow(CorruptionError);
  }
});
