import type { LogOffset } from "@boxerdb/engine";

import type { VersionedState } from "../configuration/configuration-manager.ts";
import { successionOf } from "../core/election.ts";
import type { ReplicaProgress } from "../core/leader-state.ts";
import { HandoverError, NoLeaderError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";

import type { Agreement } from "./agreement.ts";
import type { ChangeWaiters } from "./change-waiters.ts";

export interface HandoverOptions {
  /** Of the database. */
  readonly name: string;
  readonly toNodeId: string;
  readonly timeoutMs: number;
  readonly clock: NodeClock;
  readonly agreement: Agreement;
  /** Look whenever one of the following may have changed. */
  readonly changes: ChangeWaiters;
  /** Whether the reign has ended. */
  readonly isOver: () => boolean;
  /** The replica of that node, as long as it is in sync. */
  readonly successor: () => ReplicaProgress | undefined;
  /** Where the leader's own log ends; quiet: all that it has taken is committed. */
  readonly leader: () => { readonly syncedOffset: LogOffset; readonly isQuiet: boolean };
  /** Takes note of what the configuration manager holds. */
  readonly configured: (current: VersionedState | undefined) => void;
}

/** See DatabaseLeader.handOver. */
export async function handOver(options: HandoverOptions): Promise<void> {
  const { name, toNodeId, timeoutMs, clock, agreement, changes } = options;
  const { isOver, successor, leader, configured } = options;
  const hasAll = (): boolean => {
    const { syncedOffset, isQuiet } = leader();
    return isQuiet && (successor()?.syncedOffset ?? 0) >= syncedOffset;
  };
  const endMs = clock.monotonicMs() + timeoutMs;
  while (!isOver()) {
    const { replica } = successor() ?? {};
    if (replica === undefined) throw new HandoverError(name, toNodeId, "it is not in sync");
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0) throw new HandoverError(name, toNodeId, "it does not catch up in time");
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
