import { expect, test } from "vitest";

import { logOffset, type LogOffset } from "../scalars.ts";

import { LogTail } from "./log-tail.ts";

const at = logOffset;

/** A tail of groups of two records each, from offset 0 on; the bytes of each tell where it begins. */
function tailOf(groups: number, bytesEach = 1): LogTail {
  const tail = new LogTail();
  for (let start = 0; start < 2 * groups; start += 2) {
    tail.add(at(start), at(start + 2), Buffer.alloc(bytesEach, start));
  }
  return tail;
}

const found = (tail: LogTail, from: number, maxBytes = 1_000): unknown => {
  const chunk = tail.from(at(from), maxBytes);
  return chunk && [[...chunk.bytes], chunk.nextOffset];
};

test("gives whole groups from one's beginning on, up to the end", () => {
  const tail = tailOf(4);
  expect(tail.endOffset).toBe(8);
  expect(found(tail, 2)).toEqual([[2, 4, 6], 8]);
  expect(found(tail, 6)).toEqual([[6], 8]);
});

test("gives at least one group, and no more when there are bytes enough", () => {
  const tail = tailOf(4, 3);
  expect(tail.from(at(0), 1)?.nextOffset).toBe(2);
  expect(tail.from(at(0), 4)?.nextOffset).toBe(4);
});

test("knows nothing of the inside of a group, nor of what it does not keep", () => {
  const tail = tailOf(4);
  expect(found(tail, 3)).toBeUndefined();
  expect(found(tail, 8)).toBeUndefined();
  tail.clear();
  expect(found(tail, 2)).toBeUndefined();
  expect(tail.endOffset).toBe(0);
});

test("forgets what begins below an offset, and keeps what is behind it", () => {
  const tail = tailOf(4);
  tail.forgetBelow(at(4));
  expect(found(tail, 2)).toBeUndefined();
  expect(found(tail, 4)).toEqual([[4, 6], 8]);
  expect(tail.endOffset).toBe(8);
});

test("begins anew where a group does not follow on the one before it", () => {
  const tail = tailOf(4);
  tail.add(at(20), at(21), Buffer.of(20));
  expect(found(tail, 2)).toBeUndefined();
  expect(found(tail, 20)).toEqual([[20], 21]);
});

test("keeps a bounded number of bytes and of groups, the newest", () => {
  const kept = (groups: number, bytesEach: number): number => {
    const tail = tailOf(groups, bytesEach);
    const starts: LogOffset[] = Array.from({ length: groups }, (_, index) => at(2 * index));
    return starts.filter((start) => tail.from(start, 1) !== undefined).length;
  };
  expect(kept(10, 100 << 10)).toBe(2);
  expect(kept(5_000, 1)).toBe(1_024);
  // The last one, whatever its size.
  expect(kept(3, 1 << 20)).toBe(1);
});
