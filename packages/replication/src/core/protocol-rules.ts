/**
 * The decisions on which the safety of replication rests, each a function of values. PROTOCOL.md says
 * why each is as it is. They come in through constructors, so that the simulator can put a wrong one
 * in the place of a right one and show that it notices.
 */
import type { LogOffset, MissedRecords } from "@boxerdb/engine";

import type { VersionedState } from "../configuration/configuration-manager.ts";
import type { PullRequest, PullResult, Refusal } from "../protocol/messages.ts";
import type { ReplicaId } from "../replica-id.ts";

import { isElectable } from "./election.ts";
import {
  isAdmissible,
  mayCommit,
  mayReadByLease,
  ownEnd,
  replicasThatConfirm,
  replicasWaitedFor,
} from "./in-sync-rules.ts";
import type { LeaderState, ReplicaProgress } from "./leader-state.ts";
import { reasonToCopyAnew } from "./log-damage.ts";
import type { LogFacts } from "./log-facts.ts";
import { missedRecords, visibleEnd } from "./pull-answer.ts";
import { judgePull, type LeaderLog } from "./pull-judgement.ts";
import { purgeLimit } from "./purge-limit.ts";
import { truncationPoint, type Divergence } from "./truncation-point.ts";

export interface ProtocolRules {
  /** Whether a replica may begin the next reign. */
  isElectable(self: ReplicaId, current: VersionedState, isLeaderThere: boolean): boolean;
  /** Why a pull gets no records and counts for nothing; undefined where it is in order. */
  judgePull(leader: LeaderLog, request: PullRequest): Refusal | undefined;
  /** Whether anything may be committed. */
  mayCommit(state: LeaderState): boolean;
  /** Up to where the leader's own log counts as a copy. */
  ownEnd(state: LeaderState): LogOffset;
  /** The other replicas that must have a record before it is committed. */
  replicasWaitedFor(state: LeaderState): readonly ReplicaProgress[];
  /** The replicas of which each must confirm the epoch before a read is linearizable. */
  replicasThatConfirm(state: LeaderState): readonly ReplicaProgress[];
  /** Whether a read may be answered on the word of the lease alone. `hasLease`: it surely lasts still. */
  mayReadByLease(state: LeaderState, hasLease: boolean): boolean;
  /** Whether a replica may be proposed to be in sync. */
  isAdmissible(state: LeaderState, progress: ReplicaProgress): boolean;
  /** Where a follower cuts its log that a leader's does not agree with. */
  truncationPoint(log: LogFacts, divergence: Divergence): LogOffset;
  /** Up to where a follower may show records, after an answer that tells of a high watermark. */
  visibleEnd(log: LogFacts, highWatermark: LogOffset): LogOffset;
  /** Why a replica is to be copied anew, by the damage in its log; undefined where it need not be. */
  reasonToCopyAnew(damage: Error | undefined): string | undefined;
  /** What is missing in an answer, as compaction had dropped it. */
  missedRecords(from: LogOffset, result: PullResult): MissedRecords;
  /** Below which offset compaction may drop tombstones. */
  purgeLimit(state: LeaderState, nowMs: number): LogOffset;
}

/** The rules by which BoxerDB replicates. */
export const protocolRules: ProtocolRules = {
  isElectable,
  judgePull,
  mayCommit,
  ownEnd,
  replicasWaitedFor,
  replicasThatConfirm,
  mayReadByLease,
  isAdmissible,
  truncationPoint,
  visibleEnd,
  reasonToCopyAnew,
  missedRecords,
  purgeLimit,
};
