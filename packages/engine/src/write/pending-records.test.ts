import * as fc from "fast-check";
import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordPlace } from "../log/log.ts";
import { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { PendingRecords, type PendingRecord } from "./pending-records.ts";

const file = await new MemoryFileSystem().open("/log", "create");
const segment = new Segment({
  path: "/log",
  file,
  baseOffset: 0 as LogOffset,
  purgeFloor: 0 as LogOffset,
  groupsStart: 0 as BytePosition,
  isCompacted: false,
});

const placeOf = (offset: number): RecordPlace => ({
  segment,
  position: (offset * 10) as BytePosition,
  byteLength: 10,
});

const recordOf = (offset: number, batchEnd: number, key: string): PendingRecord => ({
  kind: FrameKind.put,
  collection: byteStringOf("c"),
  key: byteStringOf(key),
  offset: offset as LogOffset,
  batchEnd: batchEnd as LogOffset,
  expires: null,
});

const newest = (pending: PendingRecords, key: string): number | undefined =>
  pending.newest(byteStringOf("c"), byteStringOf(key))?.offset;

test("records come out in order, batches as a whole, and the newest of a key is known till then", () => {
  const batches = fc.array(
    fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(batches, fc.array(fc.nat({ max: 5 })), (batches, advances) => {
      const pending = new PendingRecords();
      const records = batches.flatMap((keys, index) => {
        const first = batches.slice(0, index).flat().length;
        return keys.map((key, place) => recordOf(first + place, first + keys.length - 1, key));
      });
      for (const record of records) pending.add(record).place = placeOf(record.offset);
      let end = 0;
      let taken = 0;
      for (const advance of [...advances, records.length + 1]) {
        end += advance;
        for (const [record, place] of pending.takeCommitted(end as LogOffset)) {
          expect(record).toBe(records[taken]);
          expect(place).toEqual(placeOf(record.offset));
          taken++;
        }
        expect(taken).toBe(records.filter(({ batchEnd }) => batchEnd < end).length);
        for (const key of ["a", "b", "c"]) {
          const left = records.slice(taken).findLast((record) => record.key === key);
          expect(newest(pending, key)).toBe(left?.offset);
        }
      }
    }),
  );
});

test("many records come through without being copied over and over", () => {
  const pending = new PendingRecords();
  let taken = 0;
  for (let offset = 0; offset < 50_000; offset++) {
    pending.add(recordOf(offset, offset, String(offset % 10))).place = placeOf(offset);
    if (offset % 5_000 === 4_999) {
      for (const _ of pending.takeCommitted((offset - 100) as LogOffset)) taken++;
    }
  }
  for (const _ of pending.takeCommitted(50_000 as LogOffset)) taken++;
  expect(taken).toBe(50_000);
  expect(newest(pending, "1")).toBeUndefined();
});

test("a record that was not written cannot be committed", () => {
  const pending = new PendingRecords();
  pending.add(recordOf(0, 0, "a"));
  expect(() => [...pending.takeCommitted(1 as LogOffset)]).toThrow("assertion failed");
});
