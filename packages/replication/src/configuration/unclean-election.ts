/** What an operator decides where all that are in sync are gone: to lose what only they have. A pure decision. */
import type { Epoch } from "@boxerdb/engine";

import { UncleanElectionError } from "../errors.ts";
import { includesReplica, type ReplicaId } from "../replica-id.ts";

import type { DatabaseState } from "./configuration-manager.ts";

/**
 * The next state on the way to the one in which only `self` may be elected; undefined where that is reached.
 * `present`: the nodes whose leases have not ended. Throws UncleanElectionError where one of those that are
 * in sync is there: it can lead, and nothing need be lost.
 */
export function uncleanStepOf(
  name: string,
  self: ReplicaId,
  state: DatabaseState,
  present: ReadonlySet<string>,
): DatabaseState | undefined {
  const { leader, epoch, inSync } = state;
  const isThere = ({ nodeId }: ReplicaId): boolean => nodeId !== self.nodeId && present.has(nodeId);
  const there = inSync.find(isThere);
  if (there !== undefined) {
    throw new UncleanElectionError(
      name,
      `node "${there.nodeId}" is there, and has all that is committed`,
    );
  }
  if (includesReplica(inSync, self)) return undefined;
  if (leader !== undefined) return { ...state, epoch: (epoch + 1) as Epoch, leader: undefined };
  return { ...state, inSync: [self] };
}
