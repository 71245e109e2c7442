import type { LogOffset, MissedRecords } from "@boxerdb/engine";

import type { PullResult } from "../protocol/messages.ts";

import type { LogFacts } from "./log-facts.ts";

/** A follower shows what the leader says is committed, as far as it has it. */
export const visibleEnd = ({ endOffset }: LogFacts, highWatermark: LogOffset): LogOffset =>
  Math.min(endOffset, highWatermark) as LogOffset;

/**
 * What is missing in an answer, as compaction had dropped it. From `compactedTo` on a leader has all that was
 * ever written, and from `purgeFloor` on all tombstones. No leader compacts what is not committed, so it has
 * all those for whose sake others were dropped.
 */
export const missedRecords = (
  from: LogOffset,
  {
    compactedTo,
    purgeFloor,
    endOffset,
  }: Pick<PullResult, "compactedTo" | "purgeFloor" | "endOffset">,
): MissedRecords => {
  const missedBelow = (offset: LogOffset): LogOffset =>
    (from >= offset ? 0 : Math.min(offset, endOffset)) as LogOffset;
  return { wholeFrom: missedBelow(compactedTo), purgeFloor: missedBelow(purgeFloor) };
};
