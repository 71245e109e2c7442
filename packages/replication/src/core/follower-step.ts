/**
 * The follower's side of the protocol: what an event makes of its state, and what is to be done next.
 * Pure; follower/database-follower.ts feeds it and does what it says, one effect after the other.
 */
import type { LogOffset } from "@boxerdb/engine";

import type { PullResult, Refusal } from "../protocol/messages.ts";

import type { FollowerPhase, FollowerState } from "./follower-state.ts";
import type { LogFacts } from "./log-facts.ts";
import type { ProtocolRules } from "./protocol-rules.ts";

/** What happens to a follower. `log`: of what is pulled into, as it is now. */
interface FollowerEvents {
  /** It is time to pull: at the beginning, and after each pause. */
  readonly ready: object;
  readonly answered: { readonly result: PullResult; readonly log: LogFacts };
  readonly refused: { readonly refusal: Refusal; readonly log: LogFacts };
  /** No answer came, or one that is not understood. `pauseMs`: if another pause than the usual is due. */
  readonly failed: { readonly reason: string; readonly pauseMs?: number };
  /** The log was changed as asked, and all of it is synced. */
  readonly written: { readonly log: LogFacts };
  /** What the leader sent is damaged, or does not follow on the log; nothing was appended. */
  readonly rejected: { readonly reason: string };
  /** A part of the log cannot be read as it was written. */
  readonly damaged: { readonly reason: string; readonly log: LogFacts };
  /** The log cannot be written any more. */
  readonly broken: { readonly reason: string };
}

type EventType = keyof FollowerEvents;

export type FollowerEvent<Type extends EventType = EventType> = {
  readonly [Each in Type]: { readonly type: Each } & FollowerEvents[Each];
}[Type];

export type FollowerEffect =
  /** Ask for what comes behind the log. */
  | { readonly type: "pull"; readonly round: number }
  /** Append the records of the answer. */
  | { readonly type: "append" }
  /** Show what is committed below this offset. */
  | { readonly type: "show"; readonly highWatermark: LogOffset }
  | { readonly type: "truncate"; readonly offset: LogOffset }
  /**
   * Make an empty log beside the one that answers reads, and throw away one that was begun. `goal`: up to where
   * it is to reach, whoever leads by then.
   */
  | { readonly type: "beginCopy"; readonly reason: string; readonly goal: LogOffset }
  /** Have the copy take the place of the log. */
  | { readonly type: "completeCopy" }
  | { readonly type: "pause"; readonly ms: number; readonly reason: string }
  /** Look at what the cluster has agreed on: somebody else may lead. */
  | { readonly type: "lookAnew" }
  /** Stop. `isForGood`: until an operator has done something; else until the disk takes writes again. */
  | { readonly type: "halt"; readonly reason: string; readonly isForGood: boolean };

export interface FollowerStep {
  readonly state: FollowerState;
  readonly effects: readonly FollowerEffect[];
}

type Handler<Type extends EventType> = (
  state: FollowerState,
  event: FollowerEvent<Type>,
  rules: ProtocolRules,
) => FollowerStep;

type Handlers = { readonly [Type in EventType]: Handler<Type> };

/** What an event makes of a follower. */
export function stepFollower<Type extends EventType>(
  state: FollowerState,
  event: FollowerEvent<Type>,
  rules: ProtocolRules,
): FollowerStep {
  const handlers: Handlers = table[state.phase];
  return handlers[event.type](state, event, rules);
}

const pull: Handler<"ready"> = (state) => asking(state, []);

const takeAnswer: Handler<"answered"> = (state, { result, log }, rules) => {
  if (result.epoch !== state.epoch) {
    const reason = `the leader answers in epoch ${result.epoch}, and this is epoch ${state.epoch}`;
    return pausing(state, reason, { looksAnew: true });
  }
  if (result.nextOffset < log.endOffset) {
    return pausing(state, `the leader answers from before offset ${log.endOffset}`);
  }
  const { target } = state;
  const aimed =
    target.kind === "copy" && target.goal < result.highWatermark && log.endOffset === 0
      ? { kind: "copy" as const, goal: result.highWatermark }
      : target;
  const heard = {
    ...state,
    target: aimed,
    committed: result.highWatermark,
    round: Math.max(state.round, result.round),
  };
  if (result.nextOffset === log.endOffset) return pulling(heard, log, rules);
  return { state: { ...heard, phase: "writing" }, effects: [{ type: "append" }] };
};

const takeRefusal: Handler<"refused"> = (state, { refusal, log }, rules) => {
  switch (refusal.code) {
    case "unknown_database":
    case "not_leader":
    case "wrong_epoch":
      return pausing(state, refusal.message, { looksAnew: true });
    case "bad_request":
    case "unavailable":
      return pausing(state, refusal.message);
    case "below_purge_floor":
      return copying(state, log, refusal.message);
    case "diverged": {
      const offset = rules.truncationPoint(log, refusal);
      if (offset < log.highWatermark) return loseCommits(state, log, refusal.message, offset);
      if (offset >= log.endOffset) {
        return pausing(state, `${refusal.message}, which is no reason to cut the log`);
      }
      return { state: { ...state, phase: "writing" }, effects: [{ type: "truncate", offset }] };
    }
  }
};

const goOn: Handler<"written"> = (state, { log }, rules) => pulling(state, log, rules);

const tryAgain: Handler<"failed"> = (state, { reason, pauseMs }) =>
  pausing(state, reason, { pauseMs });

const tryAnother: Handler<"rejected"> = (state, { reason }) => pausing(state, reason);

const copyAnew: Handler<"damaged"> = (state, { reason, log }) => copying(state, log, reason);

const giveUp: Handler<"broken"> = (state, { reason }) => halting(state, reason, false);

const stay = (state: FollowerState): FollowerStep => ({ state, effects: [] });

const impossible = ({ phase }: FollowerState, { type }: FollowerEvent): FollowerStep => {
  throw new Error(`assertion failed: a follower that is ${phase} is told "${type}"`);
};

/** What a follower does about each event in each phase. */
const table: Readonly<Record<FollowerPhase, Handlers>> = {
  pulling: {
    ready: impossible,
    answered: takeAnswer,
    refused: takeRefusal,
    failed: tryAgain,
    written: impossible,
    rejected: impossible,
    damaged: copyAnew,
    broken: giveUp,
  },
  writing: {
    ready: impossible,
    answered: impossible,
    refused: impossible,
    failed: impossible,
    written: goOn,
    rejected: tryAnother,
    damaged: impossible,
    broken: giveUp,
  },
  pausing: {
    ready: pull,
    answered: impossible,
    refused: impossible,
    failed: impossible,
    written: impossible,
    rejected: impossible,
    damaged: impossible,
    broken: giveUp,
  },
  halted: {
    ready: stay,
    answered: stay,
    refused: stay,
    failed: stay,
    written: stay,
    rejected: stay,
    damaged: stay,
    broken: stay,
  },
};

const asking = (state: FollowerState, before: readonly FollowerEffect[]): FollowerStep => ({
  state: { ...state, phase: "pulling" },
  effects: [...before, { type: "pull", round: state.round }],
});

/** Shows what is committed, has a copy that reaches far enough take its place, and pulls again. */
function pulling(state: FollowerState, log: LogFacts, rules: ProtocolRules): FollowerStep {
  const { target } = state;
  const highWatermark = rules.visibleEnd(log, state.committed);
  const show = { type: "show", highWatermark } as const;
  // What takes the place of a log that answers reads must be able to.
  const isWhole = log.endOffset > 0 && highWatermark >= log.wholeFrom;
  if (target.kind === "log" || !isWhole || highWatermark < target.goal) {
    return asking(state, [show]);
  }
  return {
    state: { ...state, phase: "writing", target: { kind: "log" } },
    effects: [show, { type: "completeCopy" }],
  };
}

function pausing(
  state: FollowerState,
  reason: string,
  how: { readonly looksAnew?: boolean; readonly pauseMs?: number | undefined } = {},
): FollowerStep {
  const ms = how.pauseMs ?? state.settings.retryPauseMs;
  const look: readonly FollowerEffect[] = how.looksAnew === true ? [{ type: "lookAnew" }] : [];
  return {
    state: { ...state, phase: "pausing" },
    effects: [...look, { type: "pause", ms, reason }],
  };
}

/** Starts over into an empty log, which takes the place of the old one when it reaches as far. */
function copying(state: FollowerState, log: LogFacts, reason: string): FollowerStep {
  const goal = state.target.kind === "copy" ? state.target.goal : log.highWatermark;
  return {
    state: { ...state, phase: "writing", target: { kind: "copy", goal } },
    effects: [{ type: "beginCopy", reason, goal }],
  };
}

/** Of what is shown here a part is not on the leader: somebody has broken the rules. */
function loseCommits(
  state: FollowerState,
  log: LogFacts,
  reason: string,
  offset: LogOffset,
): FollowerStep {
  const lost = `${reason}; records from ${offset} to ${log.highWatermark} were committed here`;
  if (state.target.kind === "copy" || state.settings.onLostCommits === "copy") {
    // Less is committed than was shown: waiting for as much would be waiting for other records.
    const anew = { ...state, target: { kind: "copy", goal: 0 as LogOffset } } as const;
    return copying(anew, log, lost);
  }
  const remedy =
    "this may be their only copy, so keep it, and start this node as the leader if they are wanted. " +
    "To take the leader's copy, stop this node, move its data directory away and start it again";
  return halting(state, `${lost} and are not on the leader: ${remedy}`, true);
}

const halting = (state: FollowerState, reason: string, isForGood: boolean): FollowerStep => ({
  state: { ...state, phase: "halted" },
  effects: [{ type: "halt", reason, isForGood }],
});
