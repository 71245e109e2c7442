/**
 * What of the segments of a log is still needed, by what the index has counted: for the decision what
 * to compact, and for the length of the segments to come.
 */
import type { Segment } from "../log/segment.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import type { CompactionCandidate } from "./compaction-picker.ts";
import type { DatabaseBytes } from "./segment-target.ts";

/** What a segment holds apart from its live records may count as garbage: tombstones and what has expired. */
const purgeableOf = ({ tombstoneBytes, expiries }: Segment, now: TimestampMs): number =>
  tombstoneBytes + expiries.expiredBytes(now);

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

/** What the picker has to know of the first segments of a log. */
export function candidatesOf(
  segments: readonly Segment[],
  purgeLimit: LogOffset,
  now: TimestampMs,
): CompactionCandidate[] {
  // The end of the last segment that could lose something if none before it held it back.
  let lastBlocked: Segment | undefined;
  let floor = purgeLimit;
  const surveyed = segments.map((segment) => {
    const purgeable = segment.endOffset <= purgeLimit ? purgeableOf(segment, now) : 0;
    const isBlocked = segment.endOffset > floor;
    if (isBlocked && purgeable > 0) lastBlocked = segment;
    floor = purgeFloorAfter([segment], floor);
    return {
      segment,
      liveBytes: segment.liveBytes - (isBlocked ? 0 : purgeable),
      blockedBytes: isBlocked ? purgeable : 0,
    };
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

/** How much of a log is needed; tombstones and what has expired are not, or not for long. */
export function databaseBytesOf(segments: readonly Segment[], now: TimestampMs): DatabaseBytes {
  let liveBytes = 0;
  let garbageBytes = 0;
  for (const segment of segments) {
    const needed = segment.liveBytes - purgeableOf(segment, now);
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
  for (const { expiries } of segments) {
    const time = expiries.nextAfter(now);
    if (time !== undefined && (next === undefined || time < next)) next = time;
  }
  return next;
}
