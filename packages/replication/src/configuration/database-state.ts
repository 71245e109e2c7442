/** What states of a database may follow each other, whoever keeps them. A pure decision. */
import { includesReplica, isSameReplica, replicaKey, type ReplicaId } from "../replica-id.ts";

import type { DatabaseState } from "./configuration-manager.ts";

const isSameLeader = (a: ReplicaId | undefined, b: ReplicaId | undefined): boolean =>
  a === undefined || b === undefined ? a === b : isSameReplica(a, b);

/** What is wrong with a state by itself; undefined: nothing. */
function stateProblem({ epoch, leader, inSync }: DatabaseState): string | undefined {
  if (!Number.isSafeInteger(epoch) || epoch < 0) return `${epoch} is no epoch`;
  if (inSync.length === 0) return "no replica is in sync";
  if (new Set(inSync.map(replicaKey)).size < inSync.length) return "a replica is in sync twice";
  if (leader !== undefined && !includesReplica(inSync, leader)) return "the leader is not in sync";
  return undefined;
}

/**
 * Why `next` may not follow `previous`; undefined: it may. `previous` undefined: the database is made.
 * In epoch 0 nothing has been written. Later a reign is begun only by a replica that was in sync, and adds none in the same step. Where nobody
 * leads, replicas may be added: that is how an operator names one that is to lead all the same.
 */
export function transitionProblem(
  previous: DatabaseState | undefined,
  next: DatabaseState,
): string | undefined {
  const problem = stateProblem(next);
  if (problem !== undefined || previous === undefined) return problem;
  if (next.id !== previous.id) return "a database keeps its id";

  const isReignOf = isSameLeader(previous.leader, next.leader);
  if (isReignOf && next.epoch === previous.epoch) return undefined;
  if (isReignOf && next.leader === undefined) return "the epoch changes, and nobody leads";
  if (next.epoch !== previous.epoch + 1) {
    return `epoch ${previous.epoch + 1} comes next, not ${next.epoch}`;
  }
  if (previous.epoch === 0) return undefined;
  if (next.leader !== undefined && !includesReplica(previous.inSync, next.leader)) {
    return "the new leader was not in sync";
  }
  if (next.inSync.some((replica) => !includesReplica(previous.inSync, replica))) {
    return "a change of leader adds a replica";
  }
  return undefined;
}
