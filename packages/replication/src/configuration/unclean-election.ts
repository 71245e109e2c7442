/** What an operator decides where all that are in sync are gone: to lose what only they have. A pure decision. */
import type { Epoch } from "@boxerdb/engine";

import { UncleanElectionError } from "../errors.ts";
import { includesReplica, type ReplicaId } from "../replica-id.ts";

import type { DatabaseState } from "./configuration-manager.ts";

/** What to do next so that only one replica may be elected, which is not in sync. */
export type UncleanStep =
  /** Ask for this state. */
  | { readonly type: "ask"; readonly next: DatabaseState }
  /** Give a replica that is in sync time to be elected; its node is there, with its directory or without. */
  | { readonly type: "wait" }
  /** It may be elected. */
  | { readonly type: "done" };

/**
 * `present`: the nodes whose leases have not ended. `hasWaited`: this state has stood for long enough that
 * whoever could be elected would have been. Throws UncleanElectionError where a node leads.
 */
export function uncleanStepOf(
  name: string,
  self: ReplicaId,
  state: DatabaseState,
  { present, hasWaited }: { readonly present: ReadonlySet<string>; readonly hasWaited: boolean },
): UncleanStep {
  const { leader, epoch, inSync } = state;
  const isThere = ({ nodeId }: ReplicaId): boolean => nodeId !== self.nodeId && present.has(nodeId);
  if (leader !== undefined && isThere(leader)) {
    throw new UncleanElectionError(name, `node "${leader.nodeId}" leads`);
  }
  if (includesReplica(inSync, self)) return { type: "done" };
  if (inSync.some(isThere) && !hasWaited) return { type: "wait" };
  const next =
    leader === undefined
      ? { ...state, inSync: [self] }
      : { ...state, epoch: (epoch + 1) as Epoch, leader: undefined };
  return { type: "ask", next };
}
