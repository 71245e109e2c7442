/**
 * The leader's side of the protocol: what an event makes of its state, and what is to be done about it.
 * Pure; leader/database-leader.ts feeds it and does what it says.
 */
import type { LogOffset } from "@boxerdb/engine";

import type { Revision, VersionedState } from "../configuration/configuration-manager.ts";
import { includesReplica, isSameReplica, replicaKey, type ReplicaId } from "../replica-id.ts";

import {
  hasCommitted,
  membershipOf,
  withAgreed,
  withMembers,
  type LeaderState,
  type ReplicaProgress,
} from "./leader-state.ts";
import type { ProtocolRules } from "./protocol-rules.ts";

interface LeaderEvents {
  /** All below `offset` is synced in the leader's own log. */
  readonly synced: { readonly offset: LogOffset };
  /** A pull that was judged to be in order: the replica has all below `from` synced. */
  readonly pulled: {
    readonly replica: ReplicaId;
    readonly from: LogOffset;
    /** The newest round that the follower has read in an answer of this reign. */
    readonly round: number;
    readonly nowMs: number;
  };
  /** The connection of a replica's last pull was closed, or its node's lease has ended. */
  readonly disconnected: { readonly replica: ReplicaId; readonly nowMs: number };
  readonly ticked: { readonly nowMs: number };
  /** A read wants to know that no other node leads. */
  readonly readAsked: object;
  /**
   * The configuration manager holds this; seen by chance, or as the answer to a proposal. Undefined: the
   * database is gone.
   */
  readonly configured: { readonly current: VersionedState | undefined; readonly nowMs: number };
  /** No answer came to a proposal: it may have been done, and may be yet. */
  readonly proposalLost: object;
}

type EventType = keyof LeaderEvents;

export type LeaderEvent<Type extends EventType = EventType> = {
  readonly [Each in Type]: { readonly type: Each } & LeaderEvents[Each];
}[Type];

export type LeaderEffect =
  /** Commit all below it. */
  | { readonly type: "commit"; readonly highWatermark: LogOffset }
  /** Ask the configuration manager to change who is in sync, if its revision is still this. */
  | {
      readonly type: "propose";
      readonly expected: Revision;
      readonly inSync: readonly ReplicaId[];
    }
  /** Answer the pulls that wait: their followers shall ask again and confirm the round. */
  | { readonly type: "answerPulls" }
  /** The reads of this round and of those before see all that anybody has acknowledged. */
  | { readonly type: "confirmReads"; readonly round: number }
  /** A replica is in sync now, or no longer. */
  | { readonly type: "admitted"; readonly replica: ReplicaId }
  | { readonly type: "evicted"; readonly replica: ReplicaId }
  /** Another reign has begun. */
  | { readonly type: "deposed"; readonly current: VersionedState | undefined };

export interface LeaderStep {
  readonly state: LeaderState;
  readonly effects: readonly LeaderEffect[];
}

type Handlers = {
  readonly [Type in EventType]: (
    state: LeaderState,
    event: LeaderEvent<Type>,
    rules: ProtocolRules,
  ) => LeaderStep;
};

/** What an event makes of a leader. */
export function stepLeader<Type extends EventType>(
  state: LeaderState,
  event: LeaderEvent<Type>,
  rules: ProtocolRules,
): LeaderStep {
  const handled = handlers[event.type](state, event, rules);
  const { state: settled, effects } = settle(handled.state, rules);
  return { state: settled, effects: [...handled.effects, ...effects] };
}

const handlers: Handlers = {
  synced: (state, { offset }) => only({ ...state, syncedOffset: offset }),

  pulled: (state, pull, rules) => {
    const key = replicaKey(pull.replica);
    const progress = progressAfter(state, state.replicas.get(key), pull);
    const replicas = new Map(state.replicas).set(key, progress);
    return proposing({ ...state, replicas }, pull.nowMs, rules);
  },

  disconnected: (state, { replica, nowMs }, rules) => {
    const key = replicaKey(replica);
    const known = state.replicas.get(key);
    if (known === undefined) return only(state);
    const gone = { ...known, isConnected: false, keepsUp: false };
    const replicas = new Map(state.replicas).set(key, gone);
    return proposing({ ...state, replicas }, nowMs, rules);
  },

  ticked: (state, { nowMs }, rules) => {
    const replicas = new Map(state.replicas);
    for (const [key, progress] of state.replicas) {
      if (isLate(state, progress, nowMs)) replicas.set(key, { ...progress, keepsUp: false });
      // Of what is gone for so long nothing is remembered but what the cluster has agreed on.
      const isGone = nowMs - progress.lastPullMs > state.settings.resumeMs;
      if (isGone && membershipOf(state, progress) === "behind") replicas.delete(key);
    }
    return repeating({ ...state, replicas }, nowMs, rules);
  },

  readAsked: (state) => only({ ...state, wantedRound: state.round + 1 }),

  configured: (state, { current, nowMs }, rules) => {
    if (current === undefined) return { state, effects: [{ type: "deposed", current }] };
    if (current.revision <= state.agreed.revision) return only(state);
    const { epoch, leader, inSync } = current.state;
    if (epoch !== state.epoch || leader === undefined || !isSameReplica(leader, state.self)) {
      return { state, effects: [{ type: "deposed", current }] };
    }
    const before = state.agreed.inSync;
    const evicted = before.filter((replica) => !includesReplica(inSync, replica));
    const effects: LeaderEffect[] = [];
    for (const replica of inSync) {
      if (!includesReplica(before, replica)) effects.push({ type: "admitted", replica });
    }
    for (const replica of evicted) effects.push({ type: "evicted", replica });
    const agreed = withoutWaiting(withAgreed(state, current.revision, inSync, nowMs), evicted);
    const next = proposing(agreed, nowMs, rules);
    return { state: next.state, effects: [...effects, ...next.effects] };
  },

  proposalLost: (state) =>
    only(
      state.proposal === undefined
        ? state
        : { ...state, proposal: { ...state.proposal, isAwaited: false } },
    ),
};

/** Waits for replicas no more, until their next pulls show that they keep up. */
function withoutWaiting(state: LeaderState, evicted: readonly ReplicaId[]): LeaderState {
  if (evicted.length === 0) return state;
  const replicas = new Map(state.replicas);
  for (const replica of evicted) {
    const known = replicas.get(replicaKey(replica));
    if (known !== undefined) replicas.set(replicaKey(replica), { ...known, keepsUp: false });
  }
  return { ...state, replicas };
}

const only = (state: LeaderState): LeaderStep => ({ state, effects: [] });

/** What is known of a replica after a pull. */
function progressAfter(
  state: LeaderState,
  known: ReplicaProgress | undefined,
  { replica, from, round, nowMs }: LeaderEvent<"pulled">,
): ReplicaProgress {
  const { syncedOffset: end, settings } = state;
  // One that was away for long is as one that was never here: to have all that the leader had then does
  // not mean that it keeps up.
  const wasHere = known !== undefined && nowMs - known.lastPullMs <= settings.replicaTimeoutMs;
  const before = wasHere ? known : undefined;
  const keptUp = before?.syncedOffset !== undefined && from >= before.endAtLastPull;
  const hasAll = from >= end;
  return {
    replica,
    syncedOffset: from,
    lastPullMs: nowMs,
    caughtUpMs:
      hasAll || before === undefined ? nowMs : keptUp ? before.lastPullMs : before.caughtUpMs,
    endAtLastPull: end,
    keepsUp: from >= state.highWatermark || keptUp,
    isConnected: true,
    confirmedRound: Math.min(state.round, round),
  };
}

const isLate = ({ settings }: LeaderState, { caughtUpMs }: ReplicaProgress, nowMs: number) =>
  nowMs - caughtUpMs > settings.replicaTimeoutMs;

/** Asks for the set that should be in sync, where it is another one than agreed. One at a time. */
function proposing(state: LeaderState, nowMs: number, rules: ProtocolRules): LeaderStep {
  const { agreed, proposal } = state;
  const isAsTheyShould = isSameSet(wantedInSync(state, nowMs, rules), agreed.inSync);
  return proposal !== undefined || isAsTheyShould ? only(state) : propose(state, nowMs, rules);
}

/**
 * As `proposing`, but asks again where no answer came: the revision is in doubt until something is
 * answered. With each tick, so that a configuration manager that is down is not asked all the time.
 */
function repeating(state: LeaderState, nowMs: number, rules: ProtocolRules): LeaderStep {
  const isLost = state.proposal?.isAwaited === false;
  return isLost ? propose(state, nowMs, rules) : proposing(state, nowMs, rules);
}

function propose(state: LeaderState, nowMs: number, rules: ProtocolRules): LeaderStep {
  const { agreed, proposal } = state;
  const wanted = wantedInSync(state, nowMs, rules);
  const asked = [...(proposal?.asked ?? []), wanted];
  return {
    state: { ...withMembers(state, wanted, nowMs), proposal: { asked, isAwaited: true } },
    effects: [{ type: "propose", expected: agreed.revision, inSync: wanted }],
  };
}

function wantedInSync(
  state: LeaderState,
  nowMs: number,
  rules: ProtocolRules,
): readonly ReplicaId[] {
  const { self, agreed, replicas } = state;
  const stays = [...replicas.values()].filter((progress) => {
    if (!progress.isConnected || isLate(state, progress, nowMs)) return false;
    return includesReplica(agreed.inSync, progress.replica) || rules.isAdmissible(state, progress);
  });
  return [self, ...stays.map(({ replica }) => replica)];
}

const isSameSet = (a: readonly ReplicaId[], b: readonly ReplicaId[]): boolean =>
  a.length === b.length && a.every((replica) => includesReplica(b, replica));

/** What follows from a state: the high watermark, and the reads that are confirmed. */
function settle(state: LeaderState, rules: ProtocolRules): LeaderStep {
  const effects: LeaderEffect[] = [];
  const highWatermark = committedEnd(state, rules);
  let settled = { ...state, highWatermark };
  if (highWatermark > state.highWatermark) effects.push({ type: "commit", highWatermark });
  for (;;) {
    const confirmedRound = confirmedIn(settled, rules);
    if (confirmedRound > settled.confirmedRound) {
      settled = { ...settled, confirmedRound };
      effects.push({ type: "confirmReads", round: confirmedRound });
    }
    // A read that came within a round waits for the next one: the answers to this one may be older.
    if (settled.wantedRound === settled.round || settled.confirmedRound < settled.round) break;
    settled = { ...settled, round: settled.wantedRound };
    effects.push({ type: "answerPulls" });
  }
  return { state: settled, effects };
}

/** Up to where records are committed: synced on all that are in sync, if these are enough. */
function committedEnd(state: LeaderState, rules: ProtocolRules): LogOffset {
  if (!rules.mayCommit(state)) return state.highWatermark;
  let least = rules.ownEnd(state);
  for (const { syncedOffset = 0 } of rules.replicasWaitedFor(state)) {
    if (syncedOffset < least) least = syncedOffset as LogOffset;
  }
  return least > state.highWatermark ? least : state.highWatermark;
}

/** The newest round that all have confirmed who could lead instead. */
function confirmedIn(state: LeaderState, rules: ProtocolRules): number {
  if (!hasCommitted(state)) return state.confirmedRound;
  const rounds = rules.replicasThatConfirm(state).map(({ confirmedRound }) => confirmedRound);
  return Math.max(state.confirmedRound, Math.min(state.round, ...rounds));
}
