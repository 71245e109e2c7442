/**
 * One database on this node: leads it or follows its leader, as the cluster has agreed, and changes from
 * the one to the other while the node runs. What to do is decided by core/role-decision.ts; it is done
 * one after the other, so that the log has one writer at a time.
 */
import type { Epoch, LogOffset, OpenDatabase } from "@boxerdb/engine";

import type { ClusterView, VersionedState } from "./configuration/configuration-manager.ts";
import { OutageLog } from "./configuration/outage-log.ts";
import { decideRole, type RoleDecision } from "./core/role-decision.ts";
import { replicaOf } from "./database-log.ts";
import { LeadershipLostError, NoLeaderError } from "./errors.ts";
import { DatabaseFollower, type ReplicatedLog } from "./follower/database-follower.ts";
import { DatabaseLeader } from "./leader/database-leader.ts";
import type { HeirChoice } from "./leader/handover.ts";
import { LogHealing } from "./log-healing.ts";
import type { NodeContext } from "./node-context.ts";
import type { PullRequest } from "./protocol/messages.ts";
import type { PullOutcome } from "./protocol/peer-transport.ts";
import type { ReplicaId } from "./replica-id.ts";

/** Who a follower follows. */
interface Following {
  readonly leader: ReplicaId;
  readonly peerUrl: string;
  readonly epoch: Epoch;
  readonly follower: DatabaseFollower;
}

export class DatabaseReplica implements ReplicatedLog {
  readonly name: string;
  /** The UUID of the database. */
  readonly id: string;
  readonly #context: NodeContext;
  readonly #roleLog: OutageLog;
  readonly #healing: LogHealing;
  #leader: DatabaseLeader | undefined;
  #following: Following | undefined;
  #copy: OpenDatabase | undefined;
  #copyGoal = 0 as LogOffset;
  /** See RoleFacts. */
  #askedEpoch: Epoch | undefined;
  /** When it was asked for. */
  #askedMs = 0;
  /** Why it is no longer followed; undefined as long as it may be. */
  #halted: string | undefined;
  /** Whether it is to be followed again as soon as the disk takes writes. */
  #isBrokenOff = false;
  #failure: Error | undefined;
  /** When a leader was known to be there; before that, since when this node looks. */
  #leaderSeenMs: number;
  #isWanted = false;
  #isHandingOver = false;
  #running: Promise<void> | undefined;
  #retry: { cancel(): void } | undefined;
  #isClosed = false;

  constructor(name: string, id: string, context: NodeContext) {
    this.name = name;
    this.id = id;
    this.#context = context;
    this.#healing = new LogHealing(name, id, context);
    this.#leaderSeenMs = context.clock.monotonicMs();
    this.#roleLog = new OutageLog(
      context.log,
      `changing the role in database "${name}" failed, retrying`,
      `the role in database "${name}" could be changed`,
    );
  }

  get nodeId(): string {
    return this.#context.nodeId;
  }

  /** Undefined unless this node leads it, and can. */
  get leader(): DatabaseLeader | undefined {
    return this.#leader;
  }

  /** Undefined unless this node follows it. */
  get follower(): DatabaseFollower | undefined {
    return this.#following?.follower;
  }

  get halted(): string | undefined {
    return this.#halted;
  }

  /** What the last attempt to change the role failed with; undefined where it did not. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get isHandingOver(): boolean {
    return this.#isHandingOver;
  }

  /** Whether there is a log to look at; not in the moment in which it is opened again. */
  get isOpen(): boolean {
    return this.#context.store.database(this.name).open !== undefined;
  }

  /** What readers of it are told as long as it is not whole. */
  get catchingUp(): Error | undefined {
    return this.#context.store.database(this.name).open?.wholeness.catchingUp;
  }

  get open(): OpenDatabase {
    const { open } = this.#context.store.database(this.name);
    if (open === undefined) throw new Error(`assertion failed: "${this.name}" is open`);
    return open;
  }

  get copy(): OpenDatabase | undefined {
    return this.#copy;
  }

  replica(open: OpenDatabase): ReplicaId {
    const { nodeId, store } = this.#context;
    return replicaOf(nodeId, store, open);
  }

  get copyGoal(): LogOffset {
    return this.#copyGoal;
  }

  async beginCopy(goal: LogOffset): Promise<void> {
    this.#copy = undefined;
    this.#copyGoal = goal;
    this.#copy = await this.#context.store.beginResync(this.name, this.id);
  }

  async completeCopy(): Promise<void> {
    await this.#context.store.completeResync(this.name);
    this.#copy = undefined;
  }

  /** Acts on what the cluster has agreed on, as soon as what is being done is done. */
  look(): void {
    if (this.#isClosed) return;
    const { view } = this.#context.observer;
    if (view !== undefined && this.#leader !== undefined) {
      this.#leader.configured(view.databases.get(this.name));
      this.#leader?.present(new Set(view.nodes.keys()));
    }
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  tick(): void {
    if (this.#leader !== undefined) {
      this.#leader.tick();
      this.#yieldDamaged(this.#leader);
    }
    this.look();
  }

  async pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    if (this.#leader !== undefined) return this.#leader.pull(request, connection);
    const message = `this node does not lead database "${this.name}"`;
    return { refusal: { code: "not_leader", message } };
  }

  /**
   * Lays down the office in favour of another node, by its name or by choice: waits until that has everything,
   * with no write taken meanwhile. Resolves when the cluster has agreed. Rejects with NoLeaderError where this
   * node does not lead, or does this already, with HandoverError, and with ConfigurationUnavailableError.
   */
  async handOver(heir: string | HeirChoice, timeoutMs: number): Promise<void> {
    const leader = this.#leader;
    if (leader === undefined || this.#isHandingOver) throw new NoLeaderError(this.name);
    this.#isHandingOver = true;
    try {
      await leader.handOver(heir, timeoutMs);
    } finally {
      this.#isHandingOver = false;
      this.look();
    }
  }

  /** Resolves when no change of the role is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Stops; what is written by then stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#stopLeading();
    await this.#stopFollowing();
    await this.#running;
    this.#stopLeading();
    await this.#stopFollowing();
  }

  async #run(): Promise<void> {
    const { settings } = this.#context;
    await Promise.resolve(); // What has called looks at its own things first.
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      try {
        await this.#act();
        this.#failure = undefined;
        this.#roleLog.worked();
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        this.#roleLog.failed(error);
        this.#lookAfter(settings.retryPauseMs);
      }
      this.#context.onChange();
    }
    this.#running = undefined;
  }

  async #act(): Promise<void> {
    const { view } = this.#context.observer;
    const current = view?.databases.get(this.name);
    if (view === undefined || current === undefined || current.state.id !== this.id) {
      await this.#standBy();
      return;
    }
    if (!(await this.#mendLog(current))) return;
    const decision = this.#decide(view, current);
    switch (decision.role) {
      case "ask":
        await this.#ask(decision);
        return;
      case "lead":
        await this.#lead(decision.elected);
        return;
      case "follow":
        await this.#follow(view, decision.leader, decision.epoch);
        return;
      case "giveUpCopy":
        await this.#standBy();
        await this.#abandonCopy();
        this.#isWanted = true;
        return;
      case "wait":
        await this.#standBy();
    }
  }

  #decide(view: ClusterView, current: VersionedState): RoleDecision {
    const { lease, clock, rules, settings } = this.#context;
    const { leader } = current.state;
    // Who leads by configuration leads with a log that has failed too: nobody else would.
    const isFit =
      settings.roles === "static" || (this.open.failure === undefined && this.#copy === undefined);
    const nowMs = clock.monotonicMs();
    const isLeaderThere = leader !== undefined && view.nodes.has(leader.nodeId);
    if (isLeaderThere) this.#leaderSeenMs = nowMs;
    const facts = {
      self: this.replica(this.open),
      current,
      isLeaderThere,
      hasLease: lease.isValid(nowMs),
      isFit,
      isCopying: settings.roles !== "static" && this.#copy !== undefined,
      // Whoever could lead would have been elected by now.
      isForsaken: nowMs - this.#leaderSeenMs > 2 * settings.leaseMs,
      isRetiring: this.#context.isRetiring(),
      isLeading: this.#leader !== undefined,
      askedEpoch: this.#askedEpoch,
    };
    return decideRole(facts, rules);
  }

  async #ask({ expected, next, epoch }: Extract<RoleDecision, { role: "ask" }>): Promise<void> {
    const { manager, observer, log, clock } = this.#context;
    // Known before it is asked for: it may come true without an answer.
    if (epoch !== undefined) {
      this.#askedEpoch = epoch;
      this.#askedMs = clock.monotonicMs();
    }
    const result = await manager.compareAndSet(this.name, expected, next);
    if (result.applied && epoch !== undefined) log.info({ database: this.name, epoch }, "elected");
    observer.noteResult(this.name, next, result);
    this.#isWanted = true;
  }

  async #lead(elected: VersionedState): Promise<void> {
    const { epoch } = elected.state;
    if (this.#leader?.state.epoch === epoch) return;
    await this.#standBy();
    const { open } = this;
    const { settings, rules, clock, log, manager } = this.#context;
    const startOffset = await this.#begin(open, epoch);
    if (this.#isClosed) return;
    log.info({ database: this.name, epoch, startOffset }, "leading");
    this.#leader = new DatabaseLeader({
      name: this.name,
      open,
      self: this.replica(open),
      elected,
      askedMs: this.#askedMs,
      startOffset,
      settings,
      rules,
      clock,
      log,
      compareAndSet: (expected, next) => manager.compareAndSet(this.name, expected, next),
      onDeposed: (current) => {
        if (current !== undefined) this.#context.observer.noteState(this.name, current);
        this.#stopLeading();
        this.look();
      },
      onFailed: () => this.look(),
    });
    // What was agreed on while the epoch record was written, and who has gone: most often the leader before.
    this.look();
  }

  /** Resolves to where the reign begins in the log. */
  async #begin(open: OpenDatabase, epoch: Epoch): Promise<LogOffset> {
    try {
      return await open.beginEpoch(epoch);
    } catch (error) {
      // Nobody would lead here, and still what clients write would be taken.
      open.stopWriting(new LeadershipLostError(this.name));
      // Its record may stand in the log all the same, and none of this epoch can follow: the next attempt is
      // another reign.
      this.#askedEpoch = undefined;
      throw error;
    }
  }

  async #follow(view: ClusterView, leader: ReplicaId, epoch: Epoch): Promise<void> {
    const peerUrl = view.nodes.get(leader.nodeId)?.peerUrl;
    if (peerUrl === undefined) {
      await this.#standBy();
      return;
    }
    const following = this.#following;
    if (following?.epoch === epoch && following.peerUrl === peerUrl) return;
    await this.#standBy();
    if (this.#isClosed) return;
    const { settings, rules, clock, log, peers, observer } = this.#context;
    this.#halted = undefined;
    const follower = new DatabaseFollower({
      name: this.name,
      log: this,
      epoch,
      client: peers.to(peerUrl),
      settings,
      rules,
      clock,
      nodeLog: log,
      onLookAnew: () => observer.refresh(),
      onHalt: (reason, isForGood) => {
        this.#halted = reason;
        this.#isBrokenOff = !isForGood;
        this.look();
      },
    });
    this.#following = { leader, peerUrl, epoch, follower };
    log.info({ database: this.name, leader: leader.nodeId, epoch }, "following");
  }

  /** Neither leads nor follows; resolves when nothing is being written. */
  async #standBy(): Promise<void> {
    this.#stopLeading();
    await this.#stopFollowing();
    if (this.open.failure === undefined) await this.open.idle();
  }

  #stopLeading(): void {
    const leader = this.#leader;
    if (leader === undefined) return;
    this.#leader = undefined;
    leader.close();
    if (leader.open.closed === undefined)
      leader.open.stopWriting(new LeadershipLostError(this.name));
  }

  async #stopFollowing(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    await following?.follower.close();
  }

  /**
   * Has all begin anew that a failed write has stopped: opens the log again, gives up a copy that was begun.
   * Resolves to false where it is too early for that.
   */
  async #mendLog({ state }: VersionedState): Promise<boolean> {
    const { settings, nodeId } = this.#context;
    const healing = this.#healing;
    // Whoever leads by configuration leads on, for reads.
    const isLeader = settings.roles === "static" && state.leader?.nodeId === nodeId;
    if ((!healing.isBroken && !this.#isBrokenOff) || healing.isTakenOver || isLeader) return true;
    // It resigns first, where another one can lead.
    if (this.#leader?.hasHeir === true) return true;
    if (this.#leader !== undefined) {
      this.#stopLeading();
      this.#askedEpoch = undefined; // What comes then is another reign.
    }
    await this.#stopFollowing();
    const { pauseMs } = healing;
    if (pauseMs > 0) {
      this.#lookAfter(pauseMs);
      return false;
    }
    // What could not take the log's place is closed, and gets no further.
    if ((this.#copy?.failure ?? this.#copy?.closed) !== undefined) await this.#abandonCopy();
    if (healing.isBroken) await healing.reopen();
    healing.noteTried();
    this.#isBrokenOff = false;
    return true;
  }

  async #abandonCopy(): Promise<void> {
    if (this.#copy !== undefined) await this.#healing.abandonCopy(this.#copy);
    this.#copy = undefined;
  }

  /** Has another node lead that has all that it takes, where a part of the log cannot be read here. */
  #yieldDamaged(leader: DatabaseLeader): void {
    const { settings, log } = this.#context;
    if (settings.roles === "static" || this.#isHandingOver) return;
    const toNodeId = this.#healing.successorOf(leader);
    if (toNodeId === undefined) return;
    const fields = { database: this.name, toNodeId, err: leader.open.log.damage };
    log.warn(fields, "leaving the lead to another node, as the log is damaged here");
    this.handOver(toNodeId, settings.commitTimeoutMs).catch((error: unknown) => {
      log.warn({ database: this.name, err: error }, "the lead could not be left to another node");
    });
  }

  #lookAfter(ms: number): void {
    this.#retry?.cancel();
    this.#retry = this.#context.clock.after(ms, () => this.look());
  }
}
