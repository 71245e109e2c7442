/** Who is to lead a database next, where its leader stops in good order. A pure decision. */
import type { ReplicaProgress } from "./leader-state.ts";

export interface HeirFacts {
  /** The other replicas that are in sync. */
  readonly inSync: readonly ReplicaProgress[];
  /** The nodes whose leases have not ended. */
  readonly present: { has(nodeId: string): boolean };
  /** Of several that are as good, another one for each turn: so the databases of one node go to several. */
  readonly turn: number;
}

/** Of those that are there, one that can be reached before others, and of them one that has most. */
export function chooseHeir({ inSync, present, turn }: HeirFacts): ReplicaProgress | undefined {
  const there = inSync.filter(({ replica }) => present.has(replica.nodeId));
  const reached = there.filter(({ isConnected }) => isConnected);
  const able = reached.length > 0 ? reached : there;
  const most = Math.max(...able.map(hasUpTo));
  const best = able
    .filter((one) => hasUpTo(one) === most)
    .toSorted((a, b) => (a.replica.nodeId < b.replica.nodeId ? -1 : 1));
  return best[turn % best.length];
}

const hasUpTo = ({ syncedOffset }: ReplicaProgress): number => syncedOffset ?? 0;
