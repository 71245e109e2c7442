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
  /** The frames of a checkpoint (see checkpoint-frame.ts). The first one: whose index, at which offset. */
  checkpoint: 5,
  /** What a segment held. */
  checkpointSegment: 6,
  /** Records of a segment that the index has no room for. */
  checkpointUnusual: 7,
  /** Where the epochs began. */
  checkpointEpochs: 8,
  /** Where the trees of the collections begin. */
  checkpointCollections: 9,
  /** The numbers of pages that hold nothing. */
  checkpointFreePages: 10,
  /** Pages, as they are in memory. */
  checkpointPages: 11,
  /** The last one: what binds all frames before it together. */
  checkpointEnd: 12,
} as const;

/**
 * The version of everything in a data directory that FORMAT.md describes. A directory of another
 * version is refused with a FormatError. 1: the first.
 */
export const formatVersion = 1;
