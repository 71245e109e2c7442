import type { LogOffset } from "@boxerdb/engine";

import type { PullResult } from "../protocol/messages.ts";

import type { LogFacts } from "./log-facts.ts";

/** A follower shows what the leader says is committed, as far as it has it. */
export const visibleEnd = ({ endOffset }: LogFacts, highWatermark: LogOffset): LogOffset =>
  Math.min(endOffset, highWatermark) as LogOffset;

/**
 * Records are missing in an answer that were dropped for the sake of others below this offset; 0 where none
 * are. From `compactedTo` on a leader has all that was ever written. No leader compacts what is not committed,
 * so it has all those others.
 */
export const missedBelow = (
  from: LogOffset,
  { compactedTo, endOffset }: Pick<PullResult, "compactedTo" | "endOffset">,
): LogOffset => (from >= compactedTo ? 0 : Math.min(compactedTo, endOffset)) as LogOffset;
