/**
 * What a frame holds: the first item of its payload. Persisted: a number is never given another
 * meaning; one that is retired stays listed here.
 */
export const FrameKind = {
  /** The first frame of a segment file: whose log, from which offset on. */
  segment: 0,
  /** Stands before the records that were written together. */
  group: 1,
  /** A key got a value. */
  put: 2,
  /** A key lost its value. */
  delete: 3,
  /** A leader's reign began. */
  epoch: 4,
} as const;

/**
 * The version of everything in a data directory that FORMAT.md describes. A directory of another
 * version is refused with a FormatError. 1: the first.
 */
export const formatVersion = 1;
