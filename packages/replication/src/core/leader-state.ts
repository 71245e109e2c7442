/**
 * What a leader knows of one database in one reign. A value: nothing here waits, sends or writes. The
 * reign begins when its epoch record is synced; see leader-step.ts for what happens then.
 */
import type { Epoch, LogOffset } from "@boxerdb/engine";

import type { Revision, VersionedState } from "../configuration/configuration-manager.ts";
import { includesReplica, isSameReplica, replicaKey, type ReplicaId } from "../replica-id.ts";

export interface LeaderSettings {
  /** How many replicas must have a record synced, the leader's among them, before it is committed. */
  readonly writeQuorum: number;
  /** A replica that has not caught up for so long leaves the in-sync replicas. Milliseconds. */
  readonly replicaTimeoutMs: number;
  /** For so long after its last pull a replica may go on where it was. Milliseconds. */
  readonly resumeMs: number;
}

/** What is known of a copy. Times in milliseconds of the leader's monotonic clock. */
export interface ReplicaProgress {
  readonly replica: ReplicaId;
  /** All records below it are durable there; undefined before it has pulled in this reign. */
  readonly syncedOffset: LogOffset | undefined;
  /** At the beginning of the reign, for members that have not pulled. */
  readonly lastPullMs: number;
  /** When it last had all that the leader had at the time. */
  readonly caughtUpMs: number;
  /** Where the leader's log ended at its last pull. */
  readonly endAtLastPull: LogOffset;
  /**
   * It had, at its last pull, all that the leader had at the pull before. The high watermark waits for
   * such a copy, so that it can catch up with writers that never pause.
   */
  readonly keepsUp: boolean;
  /** The connection of its last pull was not seen to be lost. */
  readonly isConnected: boolean;
  /** The newest round of reads that it has confirmed: it knew of no newer epoch then. */
  readonly confirmedRound: number;
}

/** A change of the in-sync replicas that was asked for and is not known to be settled. */
export interface Proposal {
  /** Every set that was asked for since `agreed`: any of them may hold, or come to hold. */
  readonly asked: readonly (readonly ReplicaId[])[];
  /** Whether an answer is awaited. If not, it was lost, and it takes another attempt to know. */
  readonly isAwaited: boolean;
}

export interface LeaderState {
  readonly settings: LeaderSettings;
  readonly self: ReplicaId;
  readonly epoch: Epoch;
  /** The offset of the reign's epoch record. */
  readonly startOffset: LogOffset;
  readonly begunMs: number;
  // Invariant: highWatermark ≤ syncedOffset, and highWatermark never falls.
  /** All records below it are synced here. */
  readonly syncedOffset: LogOffset;
  readonly highWatermark: LogOffset;
  /** The in-sync replicas that the configuration manager is known to hold, this one among them. */
  readonly agreed: { readonly revision: Revision; readonly inSync: readonly ReplicaId[] };
  readonly proposal: Proposal | undefined;
  /** By `replicaKey`; not this one. Invariant: holds every member of `agreed` and `proposal`. */
  readonly replicas: ReadonlyMap<string, ReplicaProgress>;
  // Invariant: confirmedRound ≤ round ≤ wantedRound ≤ round + 1.
  /** The newest round of reads that replicas are asked to confirm. */
  readonly round: number;
  /** The round in which reads that came just now are confirmed. */
  readonly wantedRound: number;
  /** All in-sync replicas have confirmed it. */
  readonly confirmedRound: number;
}

/** How a replica takes part. */
export type Membership =
  /** Nothing waits for it. */
  | "behind"
  /** The high watermark waits for it, but it does not count towards the write quorum. */
  | "joining"
  /** A record must be durable there to be committed. */
  | "in-sync"
  /** As in sync, until it is agreed that it is not. */
  | "leaving";

/** The state in which a reign begins. */
export function beginReign(reign: {
  readonly settings: LeaderSettings;
  readonly self: ReplicaId;
  readonly elected: VersionedState;
  readonly startOffset: LogOffset;
  readonly syncedOffset: LogOffset;
  readonly highWatermark: LogOffset;
  readonly nowMs: number;
}): LeaderState {
  const { settings, self, elected, startOffset, syncedOffset, highWatermark, nowMs } = reign;
  const { epoch, inSync } = elected.state;
  const begun: LeaderState = {
    settings,
    self,
    epoch,
    startOffset,
    begunMs: nowMs,
    syncedOffset,
    highWatermark,
    agreed: { revision: elected.revision, inSync: [] },
    proposal: undefined,
    replicas: new Map(),
    round: 0,
    wantedRound: 0,
    confirmedRound: 0,
  };
  return withAgreed(begun, elected.revision, inSync, nowMs);
}

/** Takes over what the configuration manager holds, which settles what was asked of it before. */
export function withAgreed(
  state: LeaderState,
  revision: Revision,
  inSync: readonly ReplicaId[],
  nowMs: number,
): LeaderState {
  const known = withMembers(state, inSync, nowMs);
  return { ...known, agreed: { revision, inSync }, proposal: undefined };
}

/** Knows of replicas although they have not pulled in this reign. */
export function withMembers(
  state: LeaderState,
  members: readonly ReplicaId[],
  nowMs: number,
): LeaderState {
  const unknown = members.filter(
    (replica) => !isSameReplica(replica, state.self) && !state.replicas.has(replicaKey(replica)),
  );
  if (unknown.length === 0) return state;
  const replicas = new Map(state.replicas);
  for (const replica of unknown) {
    replicas.set(replicaKey(replica), {
      replica,
      syncedOffset: undefined,
      lastPullMs: nowMs,
      caughtUpMs: nowMs,
      endAtLastPull: state.syncedOffset,
      keepsUp: false,
      isConnected: true,
      confirmedRound: 0,
    });
  }
  return { ...state, replicas };
}

/** Whether a replica is in sync for all that is known, or may be. */
export function mayBeInSync({ agreed, proposal }: LeaderState, replica: ReplicaId): boolean {
  if (includesReplica(agreed.inSync, replica)) return true;
  return proposal?.asked.some((inSync) => includesReplica(inSync, replica)) ?? false;
}

/** How a replica takes part now. */
export function membershipOf(state: LeaderState, progress: ReplicaProgress): Membership {
  const { agreed, proposal } = state;
  if (includesReplica(agreed.inSync, progress.replica)) {
    const stays = proposal?.asked.every((inSync) => includesReplica(inSync, progress.replica));
    return stays === false ? "leaving" : "in-sync";
  }
  const waits = mayBeInSync(state, progress.replica) || progress.keepsUp;
  return waits ? "joining" : "behind";
}

/** How many replicas are agreed to be in sync, the leader's among them. */
export const inSyncCount = ({ agreed }: LeaderState): number => agreed.inSync.length;

/**
 * Whether all in-sync replicas have the reign's epoch record, and with it all that any reign before has
 * committed. Before that nobody is added to them.
 */
export const isEstablished = (state: LeaderState): boolean =>
  [...state.replicas.values()].every(
    ({ replica, syncedOffset = 0 }) =>
      !mayBeInSync(state, replica) || syncedOffset > state.startOffset,
  );

/** Whether all that any reign before has acknowledged is in sight: this reign has committed a record. */
export const hasCommitted = ({ highWatermark, startOffset }: LeaderState): boolean =>
  highWatermark > startOffset;
