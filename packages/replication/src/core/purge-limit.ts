import type { LogOffset } from "@boxerdb/engine";

import { mayBeInSync, type LeaderState } from "./leader-state.ts";

/**
 * The offset that every replica has passed which may go on where it was: below it nobody misses a
 * tombstone. A leader that has just begun does not know yet who may come.
 */
export function purgeLimit(state: LeaderState, nowMs: number): LogOffset {
  const { resumeMs } = state.settings;
  if (nowMs - state.begunMs < resumeMs) return 0 as LogOffset;
  let least = state.highWatermark;
  for (const { replica, syncedOffset = 0, lastPullMs } of state.replicas.values()) {
    const mayResume = nowMs - lastPullMs < resumeMs || mayBeInSync(state, replica);
    if (mayResume && syncedOffset < least) least = syncedOffset as LogOffset;
  }
  return least;
}
