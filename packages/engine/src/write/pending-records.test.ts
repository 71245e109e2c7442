import * as fc from "fast-check";
import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { PendingRecords, type GroupPlace, type PendingRecord } from "./pending-records.ts";

const file = await new MemoryFileSystem().open("/log", "create");
const segment = new Segment({
  path: "/log",
  file,
  baseOffset: 0 as LogOffset,
  purgeFloor: 0 as LogOffset,
  revision: 0,
  groupsStart: 0 as BytePosition,
  isCompacted: false,
});

const groupAt = (position: number): GroupPlace => ({ segment, position });

const recordOf = (
  offset: number,
  batchEnd: number,
  key: string,
  group = groupAt(1_000),
): PendingRecord => ({
  kind: FrameKind.put,
  collection: byteStringOf("c"),
  key: byteStringOf(key),
  offset: offset as LogOffset,
  batchEnd: batchEnd as LogOffset,
  expires: null,
  group,
  start: offset * 10,
  byteLength: 10,
});

const newest = (pending: PendingRecords, key: string): number | undefined =>
  pending.newest(byteStringOf("c"), byteStringOf(key))?.offset;

const keys = ["a", "b", "c"];
const batches = fc.array(fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 4 }));

/** The records of batches of keys, with offsets from 0 on. */
function recordsOf(batches: readonly (readonly string[])[]): PendingRecord[] {
  return batches.flatMap((keys, index) => {
    const first = batches.slice(0, index).flat().length;
    return keys.map((key, place) => recordOf(first + place, first + keys.length - 1, key));
  });
}

test("records come out in order, batches as a whole, and the newest of a key is known till then", () => {
  const advance = fc.record({ by: fc.nat({ max: 5 }), asks: fc.boolean() });
  fc.assert(
    fc.property(batches, batches, fc.array(advance), (batches, later, advances) => {
      const pending = new PendingRecords();
      const records = recordsOf(batches);
      for (const record of records) pending.add(record);
      let end = 0;
      let taken = 0;
      const sees = (): void => {
        for (const key of keys) {
          const left = records.slice(taken).findLast((record) => record.key === key);
          expect(newest(pending, key)).toBe(left?.offset);
        }
      };
      for (const { by, asks } of [...advances, { by: records.length + 1, asks: true }]) {
        end += by;
        pending.commit(end as LogOffset, (record, place) => {
          expect(record).toBe(records[taken]);
          const position = 1_000 + record.offset * 10;
          expect(place).toEqual({ segment, position, byteLength: 10 });
          taken++;
        });
        expect(taken).toBe(records.filter(({ batchEnd }) => batchEnd < end).length);
        if (asks) sees();
      }
      // Those that come when somebody has asked are known too.
      for (const record of recordsOf(later)) {
        const moved = { ...record, offset: (record.offset + records.length) as LogOffset };
        pending.add(moved);
        expect(newest(pending, moved.key)).toBe(moved.offset);
      }
    }),
  );
});

test("records that are dropped are as if they had never been", () => {
  fc.assert(
    fc.property(batches, fc.nat({ max: 20 }), fc.boolean(), (batches, from, asks) => {
      const pending = new PendingRecords();
      const records = recordsOf(batches);
      for (const record of records) pending.add(record);
      if (asks) newest(pending, "a");
      pending.dropFrom(from as LogOffset);
      const left = records.slice(0, from);
      for (const key of keys) {
        expect(newest(pending, key)).toBe(left.findLast((record) => record.key === key)?.offset);
      }
      const taken: PendingRecord[] = [];
      pending.commit((records.length + 1) as LogOffset, (record) => taken.push(record));
      expect(taken).toEqual(left);
    }),
  );
});

test("a batch is known that would be divided by an offset", () => {
  fc.assert(
    fc.property(batches, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (batches, committed, offset) => {
      const pending = new PendingRecords();
      const records = recordsOf(batches);
      for (const record of records) pending.add(record);
      pending.commit(committed as LogOffset, () => {});
      const divided = records.findLast(
        (record) =>
          record.batchEnd >= committed && record.offset < offset && record.batchEnd >= offset,
      );
      expect(pending.batchAcross(offset as LogOffset)).toBe(divided);
    }),
  );
});

test("many records come through without being copied over and over", () => {
  const pending = new PendingRecords();
  let taken = 0;
  const take = (): void => {
    taken++;
  };
  for (let offset = 0; offset < 50_000; offset++) {
    pending.add(recordOf(offset, offset, String(offset % 10)));
    if (offset % 5_000 === 4_999) pending.commit((offset - 100) as LogOffset, take);
  }
  pending.commit(50_000 as LogOffset, take);
  expect(taken).toBe(50_000);
  expect(newest(pending, "1")).toBeUndefined();
});

test("a record that was not written cannot be committed", () => {
  const pending = new PendingRecords();
  pending.add(recordOf(0, 0, "a", { segment: undefined, position: 0 }));
  expect(() => pending.commit(1 as LogOffset, () => {})).toThrow("assertion failed");
});
