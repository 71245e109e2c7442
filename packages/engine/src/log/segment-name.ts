/**
 * Owns the names of a database's files.
 *
 *     00000000000000000000.log                        written by appending, from offset 0 on
 *     00000000000000000000-00000000000000081920.log   made by compaction: all of [0, 81920)
 *     00000000000000000000-00000000000000081920.tmp   compaction or truncation at work, or interrupted
 *
 * A compacted segment replaces every other file whose base offset it covers. So a single rename puts
 * it into force, and a crash before the replaced files are removed does no harm.
 */
import type { LogOffset } from "../scalars.ts";

/** What the name of a segment file tells. */
export interface SegmentName {
  readonly baseOffset: LogOffset;
  /** The end of what a compacted segment covers, exclusive; undefined for one that was appended to. */
  readonly coveredEnd: LogOffset | undefined;
}

const digits = 20;
const pad = (offset: number): string => String(offset).padStart(digits, "0");
const pattern = /^(\d{20})(?:-(\d{20}))?\.log$/;
const temporaryPattern = /^\d{20}-\d{20}\.tmp$/;

/** The file name of a segment. */
export const segmentFileName = (name: SegmentName): string =>
  name.coveredEnd === undefined
    ? `${pad(name.baseOffset)}.log`
    : `${pad(name.baseOffset)}-${pad(name.coveredEnd)}.log`;

/** The name under which a segment is written anew before it is complete. */
export const temporaryFileName = (baseOffset: LogOffset, coveredEnd: LogOffset): string =>
  `${pad(baseOffset)}-${pad(coveredEnd)}.tmp`;

export const isTemporaryFileName = (fileName: string): boolean => temporaryPattern.test(fileName);

/** Reads a file name; undefined where it is not that of a segment. */
export function parseSegmentFileName(fileName: string): SegmentName | undefined {
  const match = pattern.exec(fileName);
  if (match === null) return undefined;
  const baseOffset = Number(match[1]) as LogOffset;
  const coveredEnd = match[2] === undefined ? undefined : (Number(match[2]) as LogOffset);
  if (!Number.isSafeInteger(baseOffset) || !Number.isSafeInteger(coveredEnd ?? 0)) return undefined;
  return { baseOffset, coveredEnd };
}

/**
 * Parts the segments of a directory into those in force, by base offset, and those that a compacted
 * segment replaced.
 */
export function partitionSegments(names: readonly SegmentName[]): {
  readonly current: readonly SegmentName[];
  readonly replaced: readonly SegmentName[];
} {
  const replaces = (by: SegmentName, name: SegmentName): boolean =>
    by !== name &&
    by.coveredEnd !== undefined &&
    by.baseOffset <= name.baseOffset &&
    name.baseOffset < by.coveredEnd &&
    (name.coveredEnd === undefined || name.coveredEnd <= by.coveredEnd);
  const isReplaced = (name: SegmentName): boolean => names.some((by) => replaces(by, name));
  return {
    current: names
      .filter((name) => !isReplaced(name))
      .toSorted((a, b) => a.baseOffset - b.baseOffset),
    replaced: names.filter(isReplaced),
  };
}
