/** Leads one database for one reign: answers pulls, and commits what enough replicas have. */
import type { LogOffset, OpenDatabase } from "@boxerdb/engine";

import type {
  CompareAndSetResult,
  DatabaseState,
  Revision,
  VersionedState,
} from "../configuration/configuration-manager.ts";
import { successionOf } from "../core/election.ts";
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
import { factsOf } from "../database-log.ts";
import { HandoverError, NoLeaderError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import type { PullRequest, Refusal } from "../protocol/messages.ts";
import type { PullOutcome } from "../protocol/peer-transport.ts";
import { isSameReplica, replicaKey, type ReplicaId } from "../replica-id.ts";

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

/** To count it would be to count this node's own copy twice. */
const ownDirectory: Refusal = {
  code: "bad_request",
  message:
    "the follower has the name and the data directory of the node that leads: give each node one of its own",
};

export class DatabaseLeader {
  readonly name: string;
  readonly open: OpenDatabase;
  readonly #options: DatabaseLeaderOptions;
  readonly #stopListening: () => void;
  readonly #closing = new AbortController();
  readonly #reads = new ReadRounds();
  /** The number of the last pull that came by each open connection. */
  readonly #lastPulls = new WeakMap<AbortSignal, Map<string, number>>();
  /** The number of the last pull of each replica, by its key. */
  readonly #newestPulls = new Map<string, number>();
  /**
   * The directories whose copy was begun at offset 0 in this reign. Tombstones do not go that a replica
   * may need which has come, so such a copy misses none of them, wherever it has got to.
   */
  readonly #begunInReign = new Set<string>();
  readonly #pullWaiters = new Set<() => void>();
  readonly #stateWaiters = new Set<() => void>();
  /** The nodes that were there when it was looked last. */
  #present: ReadonlySet<string> | undefined;
  #agreed: VersionedState;
  #state: LeaderState;
  /** When the round of reads began that is under way, or was last. */
  #roundMs = 0;
  #provenMs: number;
  #pulls = 0;
  #pulledBytes = 0;

  constructor(options: DatabaseLeaderOptions) {
    const { name, open, self, elected, startOffset, settings, clock } = options;
    this.name = name;
    this.open = open;
    this.#options = options;
    this.#agreed = elected;
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
    return { pulls: this.#pulls, bytes: this.#pulledBytes };
  }

  /**
   * Answers a pull, after waiting while there is nothing new. `connection` is aborted when the
   * connection by which it came is closed.
   */
  async pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    const { rules, clock, self } = this.#options;
    if (isSameReplica(request, self)) return { refusal: ownDirectory };
    if (this.#closing.signal.aborted) return { refusal: this.#noLongerLeading() };
    const { log, failure } = this.open;
    if (failure !== undefined)
      return { refusal: { code: "unavailable", message: failure.message } };
    const refusal = rules.judgePull(
      {
        ...factsOf(this.open),
        epoch: this.#state.epoch,
        purgeFloor: log.purgeFloor,
        begunInReign: this.#begunInReign,
      },
      request,
    );
    if (refusal !== undefined) return { refusal };
    const { nodeId, directoryId, from, round } = request;
    if (from === 0) this.#begunInReign.add(directoryId);
    const replica = { nodeId, directoryId };
    this.#dispatch({ type: "pulled", replica, from, round, nowMs: clock.monotonicMs() });
    this.#watch(connection, replica);
    await this.#untilNews(request, connection);
    if (this.#closing.signal.aborted) return { refusal: this.#noLongerLeading() };
    const { bytes, nextOffset } = await log.readFrom(from, request.maxBytes);
    // What was read may have been cut off meanwhile, by a reign that has begun here since.
    if (this.#closing.signal.aborted) return { refusal: this.#noLongerLeading() };
    this.#pulls++;
    this.#pulledBytes += bytes.byteLength;
    return {
      bytes,
      result: {
        epoch: this.#state.epoch,
        nextOffset,
        highWatermark: this.#state.highWatermark,
        endOffset: log.acceptedOffset,
        purgeLimit: this.open.purgeLimit,
        round: this.#state.round,
      },
    };
  }

  /**
   * Resolves when it is certain that no other node has led at the time of the call, and that all is in
   * sight that any has acknowledged before. Rejects with NoLeaderError once this reign has ended.
   */
  async confirm(): Promise<void> {
    if (this.#closing.signal.aborted) throw new NoLeaderError(this.name);
    this.#dispatch({ type: "readAsked" });
    await this.#reads.confirmed(this.#state.wantedRound);
  }

  /** Takes note of what the configuration manager holds. */
  configured(current: VersionedState | undefined): void {
    if (current !== undefined && current.revision > this.#agreed.revision) this.#agreed = current;
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
   * Has a node lead from here on that is in sync: waits until it has all, then asks the cluster for it. No
   * write may be begun meanwhile. Rejects with HandoverError where the node is not in sync, or too slow, and
   * with NoLeaderError where this reign ends otherwise.
   */
  async handOver(toNodeId: string, timeoutMs: number): Promise<void> {
    const successor = (): ReplicaProgress | undefined =>
      this.replicas.find((one) => one.replica.nodeId === toNodeId && one.membership === "in-sync");
    const hasAll = (): boolean => {
      const { highWatermark, syncedOffset } = this.#state;
      const isQuiet = this.open.inFlightBytes === 0 && highWatermark === syncedOffset;
      return isQuiet && (successor()?.syncedOffset ?? 0) >= syncedOffset;
    };
    const { clock } = this.#options;
    const endMs = clock.monotonicMs() + timeoutMs;
    while (!this.#closing.signal.aborted) {
      const { replica } = successor() ?? {};
      if (replica === undefined) throw new HandoverError(this.name, toNodeId, "it is not in sync");
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) {
        throw new HandoverError(this.name, toNodeId, "it does not catch up in time");
      }
      // A write that was let in before may come yet, and a change of who is in sync may be under way.
      if (!hasAll()) {
        await this.#until(() => hasAll() || successor() === undefined, leftMs);
        continue;
      }
      const { state, revision } = this.#agreed;
      const next = successionOf(replica, state);
      const current = await this.#change(revision, next);
      this.configured(current);
      if (current?.state === next) return;
    }
    throw new NoLeaderError(this.name);
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
    this.#answerPulls();
    for (const look of this.#stateWaiters) look();
  }

  #progressed(): void {
    if (this.open.failure !== undefined) {
      this.#options.onFailed();
      return;
    }
    this.#dispatch({ type: "synced", offset: this.open.log.acceptedOffset });
    this.#answerPulls();
  }

  #dispatch(event: LeaderEvent): void {
    if (this.#closing.signal.aborted || this.open.failure !== undefined) return;
    const { state, effects } = stepLeader(this.#state, event, this.#options.rules);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    for (const look of this.#stateWaiters) look();
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
        this.#answerPulls();
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
      const { state } = this.#agreed;
      this.configured(await this.#change(expected, { ...state, inSync }));
    } catch (error) {
      log.warn(
        { database: this.name, err: error },
        "who is in sync could not be agreed on, retrying",
      );
      this.#dispatch({ type: "proposalLost" });
    }
  }

  /** What the configuration manager holds after a compare-and-set; undefined where the database is gone. */
  async #change(expected: Revision, next: DatabaseState): Promise<VersionedState | undefined> {
    const result = await this.#options.compareAndSet(expected, next);
    return result.applied ? { state: next, revision: result.revision } : result.current;
  }

  /**
   * Takes note when the connection of a pull is closed. Under load a follower is mostly between two
   * pulls, appending what it got, so it is not enough to look while one waits.
   */
  #watch(connection: AbortSignal, replica: ReplicaId): void {
    const key = replicaKey(replica);
    const number = (this.#newestPulls.get(key) ?? 0) + 1;
    this.#newestPulls.set(key, number);
    const known = this.#lastPulls.get(connection);
    if (known !== undefined) known.set(key, number);
    else this.#lastPulls.set(connection, new Map([[key, number]]));
    const lost = (): void => {
      // It may have come again since, by another connection.
      if (this.#lastPulls.get(connection)?.get(key) !== this.#newestPulls.get(key)) return;
      const nowMs = this.#options.clock.monotonicMs();
      this.#dispatch({ type: "disconnected", replica, nowMs });
    };
    if (connection.aborted) lost();
    else if (known?.has(key) !== true) {
      connection.addEventListener("abort", lost, { once: true, signal: this.#closing.signal });
    }
  }

  /** Resolves when there is something to tell, the wait is over, or the reign is. */
  #untilNews(request: PullRequest, connection: AbortSignal): Promise<void> {
    const { clock, settings } = this.#options;
    const hasNews = (): boolean =>
      this.#closing.signal.aborted ||
      this.open.log.acceptedOffset > request.from ||
      this.#state.highWatermark > request.highWatermark ||
      this.#state.round > request.round;
    return new Promise((resolve) => {
      if (hasNews() || connection.aborted || request.waitMs === 0) {
        resolve();
        return;
      }
      const done = (): void => {
        timer.cancel();
        this.#pullWaiters.delete(look);
        connection.removeEventListener("abort", done);
        resolve();
      };
      const look = (): void => {
        if (hasNews()) done();
      };
      // A waiting follower says nothing, and must not seem late for it.
      const longestMs = settings.replicaTimeoutMs / 3;
      const timer = clock.after(Math.min(request.waitMs, longestMs), done);
      this.#pullWaiters.add(look);
      connection.addEventListener("abort", done);
    });
  }

  #answerPulls(): void {
    for (const look of this.#pullWaiters) look();
  }

  /** Resolves when something holds, the time is over, or the reign is. */
  #until(holds: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds() && !this.#closing.signal.aborted && !isOver) return;
        timer.cancel();
        this.#stateWaiters.delete(look);
        resolve();
      };
      let isOver = false;
      const timer = this.#options.clock.after(timeoutMs, () => {
        isOver = true;
        look();
      });
      this.#stateWaiters.add(look);
      look();
    });
  }

  #noLongerLeading(): Refusal {
    const message = `this node has stopped leading database "${this.name}"`;
    return { code: "not_leader", message };
  }
}
