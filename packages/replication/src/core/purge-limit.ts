import type { LogOffset } from "@boxerdb/engine";

import { mayBeInSync, type LeaderState, type ReplicaProgress } from "./leader-state.ts";

/** Whether a replica may go on where it was: no tombstone has gone that it has not passed. */
export const mayResume = (
  state: LeaderState,
  { replica, lastPullMs }: ReplicaProgress,
  nowMs: number,
): boolean => nowMs - lastPullMs < state.settings.resumeMs || mayBeInSync(state, replica);

/**
 * The offset that every replica has passed which may go on where it was: below it nobody misses a
 * tombstone. A leader that has just begun does not know yet who may come.
 */
export function purgeLimit(state: LeaderState, nowMs: number): LogOffset {
  const { resumeMs } = state.settings;
  if (nowMs - state.begunMs < resumeMs) return 0 as LogOffset;
  let least = state.highWatermark;
  for (const progress of state.replicas.values()) {
    const { syncedOffset = 0 } = progress;
    if (syncedOffset < least && mayResume(state, progress, nowMs))
      least = syncedOffset as LogOffset;
  }
  return least;
}
