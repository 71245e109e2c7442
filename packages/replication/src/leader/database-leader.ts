/** Leads one database for one reign: answers pulls, and commits what enough replicas have. */
import type { LogOffset, OpenDatabase } from "@boxerdb/engine";

import type {
  CompareAndSetResult,
  DatabaseState,
  Revision,
  VersionedState,
} from "../configuration/configuration-manager.ts";
import {
  beginReign,
  hasCommitted,
  inSyncCount,
  membershipOf,
  type LeaderSettings,
  type LeaderState,
  type Membership,
  type ReplicaProgress,
} from "../core/leader-state.ts";
import { stepLeader, type LeaderEffect, type LeaderEvent } from "../core/leader-step.ts";
import type { ProtocolRules } from "../core/protocol-rules.ts";
import { NoLeaderError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import type { PullRequest } from "../protocol/messages.ts";
import type { PullOutcome } from "../protocol/peer-transport.ts";
import { isSameReplica, type ReplicaId } from "../replica-id.ts";

import { Agreement } from "./agreement.ts";
import { ChangeWaiters } from "./change-waiters.ts";
import { handOver, type HeirChoice } from "./handover.ts";
import { PullService } from "./pull-service.ts";
import { ReadRounds } from "./read-rounds.ts";

export interface DatabaseLeaderOptions {
  readonly name: string;
  readonly open: OpenDatabase;
  readonly self: ReplicaId;
  /** The state by which this replica was elected. */
  readonly elected: VersionedState;
  /** When this replica asked to be elected, on the monotonic clock. */
  readonly askedMs: number;
  /** The offset of the reign's epoch record, which is synced. */
  readonly startOffset: LogOffset;
  readonly settings: LeaderSettings;
  readonly rules: ProtocolRules;
  readonly clock: NodeClock;
  readonly log: NodeLog;
  /** See ConfigurationManager. */
  readonly compareAndSet: (expected: Revision, next: DatabaseState) => Promise<CompareAndSetResult>;
  /**
   * Told once, within the call that revealed it: nothing is committed or answered here any more.
   * Undefined: the database is gone.
   */
  readonly onDeposed: (current: VersionedState | undefined) => void;
  /** Told when the log cannot be written any more: nothing is committed or handed out from then on. */
  readonly onFailed: () => void;
}

export class DatabaseLeader {
  readonly name: string;
  readonly open: OpenDatabase;
  readonly #options: DatabaseLeaderOptions;
  readonly #stopListening: () => void;
  readonly #closing = new AbortController();
  readonly #reads = new ReadRounds();
  readonly #agreement: Agreement;
  readonly #pulls: PullService;
  readonly #stateWaiters: ChangeWaiters;
  /** The nodes that were there when it was looked last. */
  #present: ReadonlySet<string> | undefined;
  #state: LeaderState;
  /** When the round of reads began that is under way, or was last. */
  #roundMs = 0;
  #provenMs: number;

  constructor(options: DatabaseLeaderOptions) {
    const { name, open, self, elected, startOffset, settings, clock } = options;
    this.name = name;
    this.open = open;
    this.#options = options;
    this.#agreement = new Agreement(elected, options.compareAndSet);
    this.#stateWaiters = new ChangeWaiters(clock);
    this.#pulls = new PullService({
      leader: this,
      rules: options.rules,
      clock,
      closing: this.#closing.signal,
      onEvent: (event) => this.#dispatch(event),
    });
    this.#provenMs = options.askedMs;
    this.#state = beginReign({
      settings,
      self,
      elected,
      startOffset,
      syncedOffset: open.log.acceptedOffset,
      highWatermark: open.highWatermark,
      nowMs: clock.monotonicMs(),
    });
    this.#stopListening = open.onProgress(() => this.#progressed());
    this.#progressed();
  }

  /** What it knows, for those who want to show it. */
  get state(): LeaderState {
    return this.#state;
  }

  /**
   * A moment, on the monotonic clock, since which nobody else can have been elected as long as this node
   * has held its lease without a break.
   */
  get provenMs(): number {
    return this.#provenMs;
  }

  /** How many replicas are in sync, this one among them. */
  get inSyncCount(): number {
    return inSyncCount(this.#state);
  }

  /** Whether all that any reign before has acknowledged is in sight. */
  get isEstablished(): boolean {
    return hasCommitted(this.#state);
  }

  /**
   * Whether nobody else is made the leader while this node's lease lasts: it has not asked for anybody, and its
   * log can be written, so that it has not laid down its office.
   */
  get isUnchallenged(): boolean {
    return this.open.failure === undefined && !this.#agreement.mayBeSucceeded;
  }

  /** Whether the database began with this reign, and nobody else has all of it yet. */
  get isNew(): boolean {
    return this.#state.startOffset === 0 && !this.isEstablished;
  }

  /** The other replicas that have pulled in this reign, or should. */
  get replicas(): readonly (ReplicaProgress & { readonly membership: Membership })[] {
    return [...this.#state.replicas.values()].map((progress) => ({
      ...progress,
      membership: membershipOf(this.#state, progress),
    }));
  }

  /** Pulls that were answered in this reign, and the bytes of records in the answers. */
  get served(): { readonly pulls: number; readonly bytes: number } {
    return this.#pulls.served;
  }

  /**
   * Answers a pull, after waiting while there is nothing new. `connection` is aborted when the
   * connection by which it came is closed.
   */
  pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    return this.#pulls.answer(request, connection);
  }

  /** Whether another replica is there that is in sync. */
  get hasHeir(): boolean {
    const { self } = this.#state;
    return this.replicas.some(
      ({ replica, membership, isConnected }) =>
        membership === "in-sync" && isConnected && !isSameReplica(replica, self),
    );
  }

  /**
   * Resolves when it is certain that no other node has led at the time of the call, and that all is in
   * sight that any has acknowledged before. Rejects with NoLeaderError once this reign has ended, or the log
   * has failed: nobody's pulls are answered any more, so nobody can confirm it.
   */
  async confirm(): Promise<void> {
    if (this.#isOver) throw new NoLeaderError(this.name);
    this.#dispatch({ type: "readAsked" });
    await this.#reads.confirmed(this.#state.wantedRound);
  }

  /** Takes note of what the configuration manager holds. */
  configured(current: VersionedState | undefined): void {
    this.#agreement.note(current);
    this.#dispatch({ type: "configured", current, nowMs: this.#options.clock.monotonicMs() });
  }

  /**
   * Takes note of the nodes whose leases have not ended: nothing waits for those that have gone. One that
   * pulls nevertheless is there.
   */
  present(nodeIds: ReadonlySet<string>): void {
    const nowMs = this.#options.clock.monotonicMs();
    const before = this.#present;
    this.#present = nodeIds;
    for (const { replica, isConnected } of this.#state.replicas.values()) {
      const { nodeId } = replica;
      const isGone = !nodeIds.has(nodeId) && before?.has(nodeId) !== false;
      if (isConnected && isGone) this.#dispatch({ type: "disconnected", replica, nowMs });
    }
  }

  /**
   * Has a node lead from here on that is in sync, by its name or by choice: waits until it has all, then asks
   * the cluster for it. No write may be begun meanwhile. Rejects with HandoverError where the node is not in
   * sync, or too slow, with NoLeaderError where this reign ends otherwise, and with
   * ConfigurationUnavailableError.
   */
  async handOver(heir: string | HeirChoice, timeoutMs: number): Promise<void> {
    await handOver({
      name: this.name,
      heir,
      timeoutMs,
      clock: this.#options.clock,
      agreement: this.#agreement,
      changes: this.#stateWaiters,
      isOver: () => this.#closing.signal.aborted,
      inSync: () => this.replicas.filter(({ membership }) => membership === "in-sync"),
      leader: () => ({
        syncedOffset: this.#state.syncedOffset,
        isQuiet:
          !this.#options.rules.mayCommit(this.#state) ||
          (this.open.inFlightBytes === 0 && this.#state.highWatermark === this.#state.syncedOffset),
      }),
      configured: (current) => this.configured(current),
    });
  }

  /** To be called a few times within each replica timeout. */
  tick(): void {
    const { clock, rules } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#dispatch({ type: "ticked", nowMs });
    this.open.purgeLimit = rules.purgeLimit(this.#state, nowMs);
  }

  /** Ends the reign: nothing is committed or answered here from now on. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#stopListening();
    this.#reads.fail(new NoLeaderError(this.name));
    this.#pulls.look();
    this.#stateWaiters.look();
  }

  /** Whether nothing is committed or confirmed any more. */
  get #isOver(): boolean {
    return this.#closing.signal.aborted || this.open.failure !== undefined;
  }

  #progressed(): void {
    if (this.open.failure !== undefined) {
      this.#reads.fail(new NoLeaderError(this.name));
      this.#pulls.look();
      this.#options.onFailed();
      return;
    }
    this.#dispatch({ type: "synced", offset: this.open.log.acceptedOffset });
    this.#pulls.look();
  }

  #dispatch(event: LeaderEvent): void {
    if (this.#isOver) return;
    const { state, effects } = stepLeader(this.#state, event, this.#options.rules);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#stateWaiters.look();
  }

  #perform(effect: LeaderEffect): void {
    const { log } = this.#options;
    switch (effect.type) {
      case "commit":
        this.open.advanceHighWatermark(effect.highWatermark);
        return;
      case "propose":
        void this.#propose(effect.expected, effect.inSync);
        return;
      case "answerPulls":
        this.#roundMs = this.#options.clock.monotonicMs();
        this.#pulls.look();
        return;
      case "confirmReads":
        // With nobody to ask, a round is over before it has begun.
        if (effect.round === this.#state.round) this.#provenMs = this.#roundMs;
        this.#reads.confirm(effect.round);
        return;
      case "admitted":
        log.info({ database: this.name, ...effect.replica }, "replica is in sync");
        return;
      case "evicted":
        log.warn({ database: this.name, ...effect.replica }, "replica is no longer in sync");
        return;
      case "deposed":
        this.close();
        this.#options.onDeposed(effect.current);
    }
  }

  async #propose(expected: Revision, inSync: readonly ReplicaId[]): Promise<void> {
    const { log } = this.#options;
    try {
      const { state } = this.#agreement.newest;
      this.configured(await this.#agreement.change(expected, { ...state, inSync }));
    } catch (error) {
      log.warn(
        { database: this.name, err: error },
        "who is in sync could not be agreed on, retrying",
      );
      this.#dispatch({ type: "proposalLost" });
    }
  }
}
