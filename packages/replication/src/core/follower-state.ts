import type { Epoch, LogOffset } from "@boxerdb/engine";

export interface FollowerSettings {
  /** How long a pull waits on the leader while there is nothing new. Milliseconds. */
  readonly pullWaitMs: number;
  /** Before the next attempt where one failed. Milliseconds. */
  readonly retryPauseMs: number;
  /**
   * What to do where the leader's log ends before what is committed here. `copy`: what the cluster has
   * agreed on counts, and the log here is set aside. `halt`: an operator decides, as where the leader is
   * whom the configuration names, whatever disk it came with.
   */
  readonly onLostCommits: "copy" | "halt";
}

/**
 * - `pulling`: a pull is under way.
 * - `writing`: the log is being changed.
 * - `pausing`: before another attempt.
 * - `halted`: for good; an operator has to do something.
 */
export type FollowerPhase = "pulling" | "writing" | "pausing" | "halted";

/** One node's copy of one database, and how it follows a leader. A value. */
export interface FollowerState {
  readonly settings: FollowerSettings;
  readonly phase: FollowerPhase;
  /** The epoch of the reign that is followed. */
  readonly epoch: Epoch;
  /** All below it is committed, as the leader has said last; 0 before it has answered in this reign. */
  readonly committed: LogOffset;
  /** The newest round of reads that the leader has named in this reign. */
  readonly round: number;
  /**
   * What is pulled into. `log`: the log that answers reads. `copy`: one that is made anew beside it, to
   * take its place when it holds all below `goal`.
   */
  readonly target: { readonly kind: "log" } | { readonly kind: "copy"; readonly goal: LogOffset };
}

/** Begins to follow a reign; goes on with a copy where one is being made. */
export const beginFollowing = (
  settings: FollowerSettings,
  epoch: Epoch,
  target: FollowerState["target"],
): FollowerState => ({
  settings,
  phase: "pausing",
  epoch,
  committed: 0 as LogOffset,
  round: 0,
  target,
});
