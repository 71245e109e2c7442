import type { LogOffset } from "@boxerdb/engine";

import type { VersionedState } from "../configuration/configuration-manager.ts";
import { successionOf } from "../core/election.ts";
import type { ReplicaProgress } from "../core/leader-state.ts";
import { HandoverError, NoLeaderError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";

import type { Agreement } from "./agreement.ts";
import type { ChangeWaiters } from "./change-waiters.ts";

/** Says who shall lead next, of the other replicas that are in sync now; undefined: none of them. */
export type HeirChoice = (inSync: readonly ReplicaProgress[]) => ReplicaProgress | undefined;

export interface HandoverOptions {
  /** Of the database. */
  readonly name: string;
  /** A node by its name, or a choice that is made anew whenever something has changed. */
  readonly heir: string | HeirChoice;
  readonly timeoutMs: number;
  readonly clock: NodeClock;
  readonly agreement: Agreement;
  /** Look whenever one of the following may have changed. */
  readonly changes: ChangeWaiters;
  /** Whether the reign has ended. */
  readonly isOver: () => boolean;
  /** The other replicas that are in sync. */
  readonly inSync: () => readonly ReplicaProgress[];
  /** Where the leader's own log ends; quiet: all that it has taken is committed, or cannot be here. */
  readonly leader: () => { readonly syncedOffset: LogOffset; readonly isQuiet: boolean };
  /** Takes note of what the configuration manager holds. */
  readonly configured: (current: VersionedState | undefined) => void;
}

/** See DatabaseLeader.handOver. */
export async function handOver(options: HandoverOptions): Promise<void> {
  const { name, heir, timeoutMs, clock, agreement, changes } = options;
  const { isOver, inSync, leader, configured } = options;
  const toNodeId = typeof heir === "string" ? heir : undefined;
  const reasons = toNodeId === undefined ? ofAnyNode : ofOneNode;
  const successor = (): ReplicaProgress | undefined =>
    typeof heir === "string"
      ? inSync().find(({ replica }) => replica.nodeId === heir)
      : heir(inSync());
  const hasAll = (): boolean => {
    const { syncedOffset, isQuiet } = leader();
    const { syncedOffset: has = 0, isConnected = false } = successor() ?? {};
    return isQuiet && isConnected && has >= syncedOffset;
  };
  const endMs = clock.monotonicMs() + timeoutMs;
  while (!isOver()) {
    const { replica } = successor() ?? {};
    if (replica === undefined) throw new HandoverError(name, toNodeId, reasons.notInSync);
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) throw new HandoverError(name, toNodeId, reasons.late);
    // A write that was let in before may come yet, and a change of who is in sync may be under way.
    if (!hasAll()) {
      await changes.until(() => hasAll() || successor() === undefined || isOver(), leftMs);
      continue;
    }
    const { state, revision } = agreement.newest;
    const next = successionOf(replica, state);
    const current = await agreement.change(revision, next);
    configured(current);
    if (current?.state === next) return;
  }
  throw new NoLeaderError(name);
}

const ofOneNode = { notInSync: "it is not in sync", late: "it does not catch up in time" };
const ofAnyNode = {
  notInSync: "no other node is there that is in sync",
  late: "no other node catches up in time",
};
