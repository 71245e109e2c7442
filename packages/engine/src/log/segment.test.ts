import { beforeEach, expect, test } from "vitest";

import type { FileHandle } from "../filesystem/filesystem.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { Segment } from "./segment.ts";

const offset = (value: number): LogOffset => value as LogOffset;
const position = (value: number): BytePosition => value as BytePosition;

const groupBytes = 40_000;

let file: FileHandle;
let other: FileHandle;
let segment: Segment;

beforeEach(async () => {
  const fileSystem = new MemoryFileSystem();
  file = await fileSystem.open("/log", "create");
  other = await fileSystem.open("/other", "create");
  segment = new Segment({
    path: "/log",
    file,
    baseOffset: offset(100),
    purgeFloor: offset(0),
    groupsStart: position(0),
    isCompacted: false,
    revision: 0,
  });
});

/** Adds `count` groups of ten records each. */
function fill(count: number, firstOffset: number): void {
  for (let end = firstOffset; end < firstOffset + count * 10; end += 10) {
    const start = segment.byteSize;
    segment.addGroup(start, position(start + groupBytes), offset(end + 10));
  }
}

test("reading begins at the group of an offset, or a little before", () => {
  fill(20, 100);
  for (let wanted = 100; wanted < 300; wanted++) {
    const place = segment.placeOf(offset(wanted));
    expect(place.offset).toBeLessThanOrEqual(wanted);
    expect(place.position).toBe(((place.offset - 100) / 10) * groupBytes);
    expect(wanted - place.offset).toBeLessThan(20);
  }
});

test("a place that was cut off is no place to read from, nor one of what was written there since", () => {
  for (let groups = 0; groups < 20; groups++) {
    segment.cut(position(0), offset(100));
    fill(20, 100);
    segment.cut(position(groups * groupBytes), offset(100 + groups * 10));
    expect(segment.endOffset).toBe(100 + groups * 10);
    expect(segment.acceptedBytes).toBe(segment.byteSize);
    expect(segment.placeOf(offset(1_000)).position).toBeLessThanOrEqual(segment.byteSize);
    // The offsets go on behind a gap.
    segment.addGroup(segment.byteSize, position(segment.byteSize + groupBytes), offset(500));
    fill(2, 500);
    expect(segment.placeOf(offset(499)).position).toBeLessThanOrEqual(groups * groupBytes);
    expect(segment.placeOf(offset(519)).offset).toBeGreaterThanOrEqual(100 + groups * 10);
  }
});

test("a file that another took the place of stays open until those are done who read it", async () => {
  const isOpen = (handle: FileHandle): Promise<boolean> =>
    handle.size().then(
      () => true,
      () => false,
    );
  fill(3, 100);
  segment.acquire();
  segment.acquire();
  segment.cut(position(groupBytes), offset(110), other);
  expect(segment.file).toBe(other);
  segment.release();
  expect(await isOpen(file)).toBe(true);
  segment.release();
  await segment.closed();
  expect(await isOpen(file)).toBe(false);
  expect(await isOpen(other)).toBe(true);
  expect(segment.isClosed).toBe(false);

  segment.release();
  await segment.closed();
  expect(segment.isClosed).toBe(true);
  expect(await isOpen(other)).toBe(false);
});

test("a file that nobody reads is let go of at once", async () => {
  segment.cut(position(0), offset(100), other);
  await segment.closed();
  await expect(file.size()).rejects.toThrow();
});
