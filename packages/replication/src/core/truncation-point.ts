import type { Epoch, LogOffset } from "@boxerdb/engine";

import { endOfReign, type LogFacts } from "./log-facts.ts";

/** What a leader says of its log where a follower's is not a part of it. */
export interface Divergence {
  /** The newest reign of the leader's log that is not newer than the follower's last one. */
  readonly epoch: Epoch;
  /** The CRC of the frame of that reign's first record; 0 where there is no such reign. */
  readonly checksum: number;
  /** Where its records end in the leader's log. */
  readonly endOffset: LogOffset;
}

/**
 * Where a follower cuts its log before it asks again. Both have written the same up to where the shorter
 * one ends in the newest reign that both have. Where the leader's reign is not known here, all that came
 * at or behind its number goes, and the next answer tells of an older one. Cutting at the high watermark
 * instead would lose records that are committed without this node knowing it yet (KIP-101, KIP-279).
 */
export function truncationPoint(log: LogFacts, divergence: Divergence): LogOffset {
  const { epochs } = log;
  const { epoch, checksum, endOffset } = divergence;
  const shared = epochs.findIndex((reign) => reign.epoch === epoch && reign.checksum === checksum);
  if (shared >= 0) return Math.min(endOfReign(log, shared), endOffset) as LogOffset;
  const older = epochs.findLastIndex((reign) => reign.epoch < epoch);
  return older < 0 ? (0 as LogOffset) : endOfReign(log, older);
}
