import type { EpochStart, LogOffset } from "@boxerdb/engine";

/** What a decision needs to know of a log. */
export interface LogFacts {
  /** All records below it are synced; the next one gets it. */
  readonly endOffset: LogOffset;
  readonly highWatermark: LogOffset;
  /** From which high watermark on it shows states that its leader was in; 0 where it never missed anything. */
  readonly wholeFrom: LogOffset;
  /** The reigns in the log, oldest first. */
  readonly epochs: readonly EpochStart[];
}

/** The reign of the record before `offset`; undefined where there is none. */
export const reignBefore = (
  epochs: readonly EpochStart[],
  offset: LogOffset,
): EpochStart | undefined => epochs.findLast(({ startOffset }) => startOffset < offset);

/** Where the records of the reign at `index` end. */
export const endOfReign = ({ epochs, endOffset }: LogFacts, index: number): LogOffset =>
  epochs[index + 1]?.startOffset ?? endOffset;
