import type { Epoch } from "@boxerdb/engine";

import type { DatabaseState, VersionedState } from "../configuration/configuration-manager.ts";
import { includesReplica, isSameReplica, type ReplicaId } from "../replica-id.ts";

/**
 * Only a replica that has all that is committed may lead, and only where nobody does: the leader's lease
 * has ended, it has resigned, or it is this very replica in an earlier life, whose reign ended with it.
 * In epoch 0 nothing has been written yet: a database that was made and never led is anybody's.
 */
export function isElectable(
  self: ReplicaId,
  { state }: VersionedState,
  isLeaderThere: boolean,
): boolean {
  const { leader, epoch } = state;
  if (epoch === 0) return !isLeaderThere || leader === undefined || leader.nodeId === self.nodeId;
  if (!includesReplica(state.inSync, self)) return false;
  return leader === undefined || isSameReplica(leader, self) || !isLeaderThere;
}

/**
 * The state that begins a replica's reign. Everybody stays in sync until the new leader knows better: it
 * waits for them as the one before did.
 */
export const electionOf = (self: ReplicaId, state: DatabaseState): DatabaseState => ({
  ...state,
  epoch: (state.epoch + 1) as Epoch,
  leader: self,
  inSync: state.epoch === 0 ? [self] : state.inSync,
});

/** The state by which a leader lays down its office, for another one to take up. */
export const resignationOf = (self: ReplicaId, state: DatabaseState): DatabaseState => {
  const others = state.inSync.filter((replica) => !isSameReplica(replica, self));
  return {
    ...state,
    epoch: (state.epoch + 1) as Epoch,
    leader: undefined,
    inSync: others.length === 0 ? state.inSync : others,
  };
};

/** The state by which a replica that has been elected declines to lead. It has all, and stays in sync. */
export const refusalToLead = (state: DatabaseState): DatabaseState => ({
  ...state,
  epoch: (state.epoch + 1) as Epoch,
  leader: undefined,
});

/** The state by which a leader makes way for a replica that has everything. */
export const successionOf = (successor: ReplicaId, state: DatabaseState): DatabaseState => ({
  ...state,
  epoch: (state.epoch + 1) as Epoch,
  leader: successor,
});
