import type { FollowerSettings } from "./core/follower-state.ts";
import type { LeaderSettings } from "./core/leader-state.ts";

/** The times and numbers by which a node replicates. */
export interface NodeSettings extends LeaderSettings, FollowerSettings {
  /** How long a write waits for its commit, and a read for its confirmation. Milliseconds. */
  readonly commitTimeoutMs: number;
  /** How long a node that stops waits for others to take over what it leads. Milliseconds; 0: not at all. */
  readonly retirementMs: number;
  /** About how many bytes of records one pull asks for. */
  readonly pullBytes: number;
  /**
   * `elected`: any replica in sync may come to lead, so that a node lays down its office where its log
   * fails. `static`: only the node that the configuration names leads.
   */
  readonly roles: "elected" | "static";
  /** How long after one look at what the cluster has agreed on the next follows. Milliseconds. */
  readonly pollMs: number;
  /** How long a node counts as there after it has last said so. Milliseconds. */
  readonly leaseMs: number;
}

export const defaultSettings: NodeSettings = {
  writeQuorum: 1,
  replicaTimeoutMs: 5_000,
  resumeMs: 3_600_000,
  pullWaitMs: 1_000,
  retryPauseMs: 200,
  onLostCommits: "copy",
  commitTimeoutMs: 10_000,
  retirementMs: 5_000,
  pullBytes: 4 << 20,
  roles: "elected",
  pollMs: 1_000,
  leaseMs: 3_000,
};
