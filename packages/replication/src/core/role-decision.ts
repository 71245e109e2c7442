/** What a node is to do about one database. A pure decision. */
import type { Epoch } from "@boxerdb/engine";

import type {
  DatabaseState,
  Revision,
  VersionedState,
} from "../configuration/configuration-manager.ts";
import { includesReplica, isSameReplica, type ReplicaId } from "../replica-id.ts";

import { electionOf, refusalToLead, resignationOf } from "./election.ts";
import type { ProtocolRules } from "./protocol-rules.ts";

export interface RoleFacts {
  readonly self: ReplicaId;
  readonly current: VersionedState;
  /** Whether the lease of the leader's node has not ended, as far as is known. */
  readonly isLeaderThere: boolean;
  /** Whether this node's own lease is known to last. */
  readonly hasLease: boolean;
  /** Whether the log can be written, and is not being replaced by a copy. */
  readonly isFit: boolean;
  /** Whether it is being replaced by a copy. */
  readonly isCopying: boolean;
  /** Whether nobody has led for so long that no other replica in sync can be there to lead. */
  readonly isForsaken: boolean;
  /** Whether this node is about to stop. */
  readonly isRetiring: boolean;
  /** Whether this replica leads already. */
  readonly isLeading: boolean;
  /** The epoch for which this process has asked last: a reign does not outlive its process. */
  readonly askedEpoch: Epoch | undefined;
}

export type RoleDecision =
  /** This replica has been elected, by what this process asked for. */
  | { readonly role: "lead"; readonly elected: VersionedState }
  | { readonly role: "follow"; readonly leader: ReplicaId; readonly epoch: Epoch }
  /** Nobody leads, and this node cannot. */
  | { readonly role: "wait" }
  /** Throw away the copy that was begun, which nobody is there to complete, then decide again. */
  | { readonly role: "giveUpCopy" }
  /** Ask for this state, then decide again. `epoch`: which this node shall lead in; undefined: in none. */
  | {
      readonly role: "ask";
      readonly expected: Revision;
      readonly next: DatabaseState;
      readonly epoch: Epoch | undefined;
    };

export function decideRole(facts: RoleFacts, rules: ProtocolRules): RoleDecision {
  const { self, current, isFit, hasLease, isLeaderThere, askedEpoch } = facts;
  const { isRetiring, isLeading, isCopying, isForsaken } = facts;
  const { state, revision } = current;
  const { leader, epoch } = state;
  if (leader !== undefined && isSameReplica(leader, self)) {
    if (!isFit) {
      return {
        role: "ask",
        expected: revision,
        next: resignationOf(self, state),
        epoch: undefined,
      };
    }
    // Where nobody has led yet, anybody may once this node is gone, and after a refusal it alone.
    if (isRetiring && !isLeading && epoch > 0) {
      return { role: "ask", expected: revision, next: refusalToLead(state), epoch: undefined };
    }
    if (epoch === askedEpoch) return { role: "lead", elected: current };
  } else if (leader?.nodeId === self.nodeId && isLeaderThere && epoch > 0) {
    // The directory that led is gone, and its node is here with another one.
    return {
      role: "ask",
      expected: revision,
      next: resignationOf(leader, state),
      epoch: undefined,
    };
  }
  if (isFit && hasLease && !isRetiring && rules.isElectable(self, current, isLeaderThere)) {
    const next = electionOf(self, state);
    return { role: "ask", expected: revision, next, epoch: next.epoch };
  }
  // What is whole of a damaged log that has all may be the only copy left.
  if (isCopying && isForsaken && includesReplica(state.inSync, self)) return { role: "giveUpCopy" };
  if (leader === undefined || isSameReplica(leader, self)) return { role: "wait" };
  return { role: "follow", leader, epoch };
}
