import type { LogOffset } from "@boxerdb/engine";

import type { LogFacts } from "./log-facts.ts";

/** A follower shows what the leader says is committed, as far as it has it. */
export const visibleEnd = ({ endOffset }: LogFacts, highWatermark: LogOffset): LogOffset =>
  Math.min(endOffset, highWatermark) as LogOffset;
