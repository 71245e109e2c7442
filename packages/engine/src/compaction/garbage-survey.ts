/**
 * What of the segments of a log is still needed, by what the index has counted: for the decision what
 * to compact, and for the length of the segments to come.
 */
import type { Segment } from "../log/segment.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import type { CompactionCandidate } from "./compaction-picker.ts";
import type { DatabaseBytes } from "./segment-target.ts";

/** Tombstones and expired values: live records that go where nobody needs what they hide. */
const purgeableOf = ({ tombstoneBytes, expiries }: Segment, now: TimestampMs): number =>
  tombstoneBytes + expiries.expiredBytes(now);

/** Up to where records may go that have expired or deleted something. */
export interface PurgeLimits {
  /** Tombstones and expired values that stand below it may go, as far as resuming readers are concerned. */
  readonly purgeLimit: LogOffset;
  /** Expired notes that stand below it may go: see RecordJudgement. Invariant: purgeLimit ≤ highWatermark. */
  readonly highWatermark: LogOffset;
}

/**
 * Below which offset tombstones and expired values may go that stand after `older`, which are all
 * segments before them outside of the run. Such a record hides older values of its key, from whoever
 * opens the log or resumes reading it:
 *
 *   - Those who resume reading it do so at `purgeLimit` or after it.
 *   - In a segment before it, an older value of the same key was replaced by this record or by one
 *     before it. So there is none where every replaced value was replaced later.
 */
export function purgeFloorAfter(older: readonly Segment[], purgeLimit: LogOffset): LogOffset {
  let floor = purgeLimit;
  for (const { staleSince } of older) {
    if (staleSince !== undefined && staleSince < floor) floor = staleSince;
  }
  return floor;
}

/** What the picker has to know of the first segments of a log, all below the high watermark. */
export function candidatesOf(
  segments: readonly Segment[],
  { purgeLimit, highWatermark }: PurgeLimits,
  now: TimestampMs,
): CompactionCandidate[] {
  // The end of the last segment that could lose something if none before it held it back.
  let lastBlocked: Segment | undefined;
  let purgeFloor = purgeLimit;
  let noteFloor = highWatermark;
  const surveyed = segments.map((segment) => {
    const { endOffset } = segment;
    const purgeable = endOffset <= purgeLimit ? purgeableOf(segment, now) : 0;
    const notes = segment.noteExpiries.expiredBytes(now);
    const freeBytes =
      (endOffset <= purgeFloor ? purgeable : 0) + (endOffset <= noteFloor ? notes : 0);
    const blockedBytes = purgeable + notes - freeBytes;
    if (blockedBytes > 0) lastBlocked = segment;
    purgeFloor = purgeFloorAfter([segment], purgeFloor);
    noteFloor = purgeFloorAfter([segment], noteFloor);
    return { segment, liveBytes: segment.liveBytes - freeBytes, blockedBytes };
  });
  return surveyed.map(({ segment, liveBytes, blockedBytes }) => {
    const { byteSize, staleSince, baseOffset } = segment;
    const blocking =
      staleSince !== undefined &&
      lastBlocked !== undefined &&
      baseOffset < lastBlocked.baseOffset &&
      staleSince < lastBlocked.endOffset;
    return { byteSize, liveBytes, blockedBytes, blocking };
  });
}

/**
 * How much of a log is needed. Tombstones and what has expired are not, or not for long, in segments
 * below the purge limit; behind it they are, and nobody waits for compaction to free them.
 */
export function databaseBytesOf(
  segments: readonly Segment[],
  purgeLimit: LogOffset,
  now: TimestampMs,
): DatabaseBytes {
  let liveBytes = 0;
  let garbageBytes = 0;
  for (const segment of segments) {
    const purgeable = segment.endOffset <= purgeLimit ? purgeableOf(segment, now) : 0;
    const expiredNotes = segment.noteExpiries.expiredBytes(now);
    const needed = segment.liveBytes - purgeable - expiredNotes;
    liveBytes += needed;
    garbageBytes += segment.recordBytes - needed;
  }
  return { liveBytes, garbageBytes };
}

/** The first time after `now` at which more of some segment is known to have expired. */
export function nextExpiryOf(
  segments: readonly Segment[],
  now: TimestampMs,
): TimestampMs | undefined {
  let next: TimestampMs | undefined;
  for (const { expiries, noteExpiries } of segments) {
    for (const time of [expiries.nextAfter(now), noteExpiries.nextAfter(now)]) {
      if (time !== undefined && (next === undefined || time < next)) next = time;
    }
  }
  return next;
}
