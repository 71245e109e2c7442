/**
 * How long segments should get, so that the files of a database stay within twice its live data while
 * it is overwritten without end. A pure decision. With g for `garbageShare` (0.35), at any time:
 *
 *   sealed segments           at most 1/(1 − g) = 1.54 times what is live in them, or they are compacted
 *   the active segment        sealed when it is an eighth of the live data
 *   the run that is written   at most an eighth of the live data, as segments are no longer than that
 *   what is written meanwhile no more than there is room for, or writers wait (see disk-debt.ts)
 *
 * Together 1.8 times the live data; the rest is for what happens between two looks, and for tombstones
 * and expired values that older segments hold back. Below 8 MiB of live data (with segments of 64 MiB)
 * the eighths are 1 MiB each, as shorter segments cost more than they free: four of these make the
 * constant that is added to twice the live data.
 *
 * A database that only grows has no garbage, and its segments get their full length. Where it is
 * overwritten afterwards, the first run over each of them takes up to a segment's length more.
 */
const shareOfLive = 1 / 8;
const shareOfSegment = 1 / 64;
const shortestBytes = 64 << 10;

/** What a database holds, in bytes. */
export interface DatabaseBytes {
  /** Of the records that must stay. */
  readonly liveBytes: number;
  /** Of the others. */
  readonly garbageBytes: number;
}

/** The least of what `runBytesOf` gives, in bytes. */
export const shortestRunBytes = (segmentBytes: number): number =>
  Math.min(segmentBytes, Math.max(Math.floor(segmentBytes * shareOfSegment), shortestBytes));

/** The length that compaction's output may have in a database with so much live data, in bytes. */
export function runBytesOf(liveBytes: number, segmentBytes: number): number {
  const shortest = shortestRunBytes(segmentBytes);
  return Math.min(segmentBytes, Math.max(Math.floor(liveBytes * shareOfLive), shortest));
}

/** The length at which the active segment is sealed, in bytes: `segmentBytes`, or less. */
export function sealBytesOf(
  { liveBytes, garbageBytes }: DatabaseBytes,
  segmentBytes: number,
): number {
  const isOverwritten = garbageBytes >= liveBytes * shareOfLive;
  return isOverwritten ? runBytesOf(liveBytes, segmentBytes) : segmentBytes;
}
