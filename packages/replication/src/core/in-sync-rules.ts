/** Who must have a record, and who may come to be among them. */
import type { LogOffset } from "@boxerdb/engine";

import {
  hasCommitted,
  inSyncCount,
  isEstablished,
  mayBeInSync,
  type LeaderState,
  type ReplicaProgress,
} from "./leader-state.ts";

/** With fewer in sync than a write must be synced on, the high watermark stands still. */
export const mayCommit = (state: LeaderState): boolean =>
  inSyncCount(state) >= state.settings.writeQuorum;

/** Followers may have synced already what is still on its way to the leader's own disk. */
export const ownEnd = ({ syncedOffset }: LeaderState): LogOffset => syncedOffset;

/**
 * While the lease lasts nobody else is elected; and what was acknowledged before the reign is in sight
 * once the reign has committed a record.
 */
export const mayReadByLease = (state: LeaderState, hasLease: boolean): boolean =>
  hasLease && hasCommitted(state);

/**
 * All that are in sync, or may be: a set that was asked for counts from before the question is sent until
 * it is certain that it does not hold. Those that keep up are waited for too, which costs time, not truth.
 */
export const replicasWaitedFor = (state: LeaderState): readonly ReplicaProgress[] =>
  [...state.replicas.values()].filter(
    ({ replica, keepsUp }) => keepsUp || mayBeInSync(state, replica),
  );

/** All that may be elected: one of them could lead already, and have acknowledged more. */
export const replicasThatConfirm = (state: LeaderState): readonly ReplicaProgress[] =>
  [...state.replicas.values()].filter(({ replica }) => mayBeInSync(state, replica));

/**
 * A replica may be in sync once it has all that is committed: all below the high watermark of this
 * reign, and the epoch record, since a leader knows all that was committed before but not how far.
 */
export const isAdmissible = (state: LeaderState, { syncedOffset }: ReplicaProgress): boolean =>
  syncedOffset !== undefined &&
  isEstablished(state) &&
  syncedOffset > state.startOffset &&
  syncedOffset >= state.highWatermark;
