import { describe, expect, test } from "vitest";

import type { FileHandle } from "../filesystem/filesystem.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset, TimestampMs } from "../scalars.ts";

import {
  candidatesOf,
  databaseBytesOf,
  nextExpiryOf,
  purgeFloorAfter,
  type PurgeLimits,
} from "./garbage-survey.ts";

const now = 1_000_000 as TimestampMs;

interface Counts {
  readonly end: number;
  readonly live: number;
  readonly tombstones?: number;
  readonly expired?: number;
  readonly expiredNotes?: number;
  readonly staleSince?: number;
}

/** Segments one after the other, each of 1,000 bytes of records. */
async function segmentsOf(...counts: readonly Counts[]): Promise<Segment[]> {
  const fileSystem = new MemoryFileSystem();
  let baseOffset = 0 as LogOffset;
  const segments: Segment[] = [];
  for (const { end, live, tombstones = 0, expired = 0, ...more } of counts) {
    const { expiredNotes = 0, staleSince } = more;
    const path = `/${baseOffset}`;
    const file: FileHandle = await fileSystem.open(path, "create");
    const groupsStart = 0 as BytePosition;
    const purgeFloor = 0 as LogOffset;
    const place = { path, file, baseOffset, purgeFloor, groupsStart };
    const segment = new Segment({ ...place, isCompacted: false, revision: 0 });
    segment.addGroup(groupsStart, 1_100 as BytePosition, end as LogOffset);
    segment.recordBytes = 1_000;
    segment.liveBytes = live;
    segment.tombstoneBytes = tombstones;
    if (expired > 0) segment.expiries.add((now - 5_000) as TimestampMs, expired);
    if (expiredNotes > 0) segment.noteExpiries.add((now - 5_000) as TimestampMs, expiredNotes);
    if (staleSince !== undefined) segment.noteStale(staleSince as LogOffset);
    segments.push(segment);
    baseOffset = end as LogOffset;
  }
  return segments;
}

/** Where nothing has to stay for whoever resumes reading. */
const upTo = (offset: number): PurgeLimits => ({
  purgeLimit: offset as LogOffset,
  highWatermark: offset as LogOffset,
});

describe("the offset below which tombstones may go", () => {
  test("is the limit where no value before them was replaced", async () => {
    const older = await segmentsOf({ end: 10, live: 900 }, { end: 20, live: 900 });
    expect(purgeFloorAfter(older, 50 as LogOffset)).toBe(50);
    expect(purgeFloorAfter([], 50 as LogOffset)).toBe(50);
  });

  test("is where the first value before them was replaced", async () => {
    const older = await segmentsOf(
      { end: 10, live: 900, staleSince: 40 },
      { end: 20, live: 900, staleSince: 30 },
    );
    expect(purgeFloorAfter(older, 50 as LogOffset)).toBe(30);
    expect(purgeFloorAfter(older, 25 as LogOffset)).toBe(25);
  });

  test("does not rise when more values are replaced later", async () => {
    const [segment] = await segmentsOf({ end: 10, live: 900, staleSince: 30 });
    segment?.noteStale(35 as LogOffset);
    expect(segment?.staleSince).toBe(30);
  });
});

describe("a candidate's tombstones and expired values", () => {
  const purgeable = { tombstones: 100, expired: 200 };

  test("are garbage where nothing holds them back", async () => {
    const segments = await segmentsOf({ end: 10, live: 900 }, { end: 20, live: 900, ...purgeable });
    expect(candidatesOf(segments, upTo(20), now)).toEqual([
      { byteSize: 1_100, liveBytes: 900, blockedBytes: 0, blocking: false },
      { byteSize: 1_100, liveBytes: 600, blockedBytes: 0, blocking: false },
    ]);
  });

  test("are held back by what was replaced before them, which blocks", async () => {
    const segments = await segmentsOf(
      { end: 10, live: 900, staleSince: 12 },
      { end: 20, live: 900, ...purgeable, staleSince: 25 },
    );
    expect(candidatesOf(segments, upTo(20), now)).toEqual([
      { byteSize: 1_100, liveBytes: 900, blockedBytes: 0, blocking: true },
      { byteSize: 1_100, liveBytes: 900, blockedBytes: 300, blocking: false },
    ]);
  });

  test("are not held back by what was replaced after them", async () => {
    const segments = await segmentsOf(
      { end: 10, live: 900, staleSince: 20 },
      { end: 20, live: 900, ...purgeable },
    );
    const [first, second] = candidatesOf(segments, upTo(20), now);
    expect(first?.blocking).toBe(false);
    expect(second?.liveBytes).toBe(600);
  });

  test("must stay above the limit, and count as nothing that is held back", async () => {
    const segments = await segmentsOf({ end: 20, live: 900, ...purgeable });
    const [only] = candidatesOf(segments, { ...upTo(20), purgeLimit: 19 as LogOffset }, now);
    expect(only).toMatchObject({ liveBytes: 900, blockedBytes: 0 });
  });
});

describe("a candidate's expired notes", () => {
  const unpurged = { ...upTo(20), purgeLimit: 0 as LogOffset };

  test("are garbage where tombstones and expired values have to stay", async () => {
    const purgeable = { tombstones: 100, expired: 200, expiredNotes: 500 };
    const segments = await segmentsOf({ end: 10, live: 900 }, { end: 20, live: 900, ...purgeable });
    expect(candidatesOf(segments, unpurged, now)).toEqual([
      { byteSize: 1_100, liveBytes: 900, blockedBytes: 0, blocking: false },
      { byteSize: 1_100, liveBytes: 400, blockedBytes: 0, blocking: false },
    ]);
  });

  test("are held back by what was replaced before them", async () => {
    const segments = await segmentsOf(
      { end: 10, live: 900, staleSince: 12 },
      { end: 20, live: 900, expiredNotes: 500 },
    );
    const [first, second] = candidatesOf(segments, unpurged, now);
    expect(first?.blocking).toBe(true);
    expect(second).toMatchObject({ liveBytes: 900, blockedBytes: 500 });
  });

  test("are not needed", async () => {
    const segments = await segmentsOf({ end: 10, live: 900, expiredNotes: 300 });
    const bytes = databaseBytesOf(segments, unpurged.purgeLimit, now);
    expect(bytes).toEqual({ liveBytes: 600, garbageBytes: 400 });
  });

  test("are looked for when they expire", async () => {
    const segments = await segmentsOf({ end: 10, live: 900 });
    segments[0]?.noteExpiries.add((now + 3_000) as TimestampMs, 50);
    expect(nextExpiryOf(segments, now)).toBeGreaterThanOrEqual(now + 3_000);
  });
});

test("a database needs what is live but for tombstones and what has expired", async () => {
  const segments = await segmentsOf({ end: 10, live: 900 }, { end: 20, live: 500, expired: 300 });
  const bytes = databaseBytesOf(segments, 20 as LogOffset, now);
  expect(bytes).toEqual({ liveBytes: 1_100, garbageBytes: 900 });
});

test("a database needs what the purge limit has not passed", async () => {
  const purgeable = { tombstones: 100, expired: 200 };
  const segments = await segmentsOf(
    { end: 10, live: 900, ...purgeable },
    { end: 20, live: 900, ...purgeable },
  );
  const liveBytesBelow = (limit: number): number =>
    databaseBytesOf(segments, limit as LogOffset, now).liveBytes;
  expect([0, 9, 10, 19, 20].map(liveBytesBelow)).toEqual([1_800, 1_800, 1_500, 1_500, 1_200]);
});

test("the next look is due when the first interval of what expires has passed", async () => {
  const segments = await segmentsOf({ end: 10, live: 900, expired: 100 }, { end: 20, live: 900 });
  expect(nextExpiryOf(segments, now)).toBeUndefined();
  segments[1]?.expiries.add((now + 3_000) as TimestampMs, 50);
  const next = nextExpiryOf(segments, now);
  expect(next).toBeGreaterThanOrEqual(now + 3_000);
  expect(next).toBeLessThan(now + 3_000 + 1_024);
});
