/**
 * A node at work: registered with its cluster, it keeps a copy of every database that the cluster has
 * agreed on, and leads those that it is elected for.
 */
import type { Store } from "@boxerdb/engine";

import { ClusterChanges } from "./cluster-changes.ts";
import { CommitTimeouts } from "./commit-timeouts.ts";
import { ClusterObserver } from "./configuration/cluster-observer.ts";
import type {
  ClusterView,
  ConfigurationManager,
  NodeAddress,
} from "./configuration/configuration-manager.ts";
import { LeaseKeeper } from "./configuration/lease-keeper.ts";
import type { ProtocolRules } from "./core/protocol-rules.ts";
import type { DatabaseReplica } from "./database-replica.ts";
import {
  ConfigurationUnavailableError,
  type HaltedError,
  NoLeaderError,
  NotEnoughReplicasError,
  NotLeaderError,
} from "./errors.ts";
import type { CopyLag } from "./follower/copy-progress.ts";
import { KeptDatabases } from "./kept-databases.ts";
import type { NodeClock } from "./node-clock.ts";
import type { NodeContext } from "./node-context.ts";
import type { NodeLog } from "./node-log.ts";
import type { NodeSettings } from "./node-settings.ts";
import { PeerClients } from "./peer-clients.ts";
import type { PullRequest } from "./protocol/messages.ts";
import type { PeerConnector, PullOutcome } from "./protocol/peer-transport.ts";
import { retire } from "./retirement.ts";

export interface ClusterNodeOptions {
  /** Opened with `commit: "replicated"`. */
  readonly store: Store;
  readonly address: NodeAddress;
  readonly manager: ConfigurationManager;
  readonly connect: PeerConnector;
  readonly settings: NodeSettings;
  readonly rules: ProtocolRules;
  readonly clock: NodeClock;
  readonly log: NodeLog;
  /** Throws HaltedError where this node must not take part in the cluster that was read. Default: it may. */
  readonly assertMember?: () => void;
}

export class ClusterNode {
  readonly #context: NodeContext;
  readonly #timeouts: CommitTimeouts;
  readonly #databases: KeptDatabases;
  readonly #changes: ClusterChanges;
  readonly #viewWaiters = new Set<() => void>();
  #tick: { cancel(): void } | undefined;
  #retirement: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: ClusterNodeOptions) {
    const { store, address, manager, connect, settings, rules, clock, log } = options;
    this.#timeouts = new CommitTimeouts(settings.commitTimeoutMs, clock);
    this.#context = {
      nodeId: address.nodeId,
      store,
      settings,
      rules,
      clock,
      log,
      manager,
      observer: new ClusterObserver({ manager, clock, log, pollMs: settings.pollMs }),
      lease: new LeaseKeeper({
        manager,
        node: address,
        ttlMs: settings.leaseMs,
        clock,
        log,
        onChange: () => this.#look(),
      }),
      peers: new PeerClients(connect),
      isRetiring: () => this.#retirement !== undefined,
      onChange: () => this.#tellWaiters(),
    };
    this.#databases = new KeptDatabases({
      context: this.#context,
      assertMember: options.assertMember ?? (() => {}),
      onStep: () => this.#look(),
    });
    this.#changes = new ClusterChanges({
      context: this.#context,
      databases: this.#databases,
      assertWritable: (name) => this.assertWritable(name),
      notLeading: (name) => this.#notLeading(name),
      until: (holds) => this.#until(holds),
    });
  }

  /** Begins to take part. Called once. */
  start(): void {
    const { lease, observer, store } = this.#context;
    store.authority = {
      create: (name) => this.#changes.create(name),
      drop: (name) => this.#changes.drop(name),
    };
    lease.start();
    observer.subscribe(() => this.#viewChanged());
    observer.start();
    this.#scheduleTick();
  }

  get nodeId(): string {
    return this.#context.nodeId;
  }

  /** What the cluster has agreed on, as far as is known; undefined before it was read. */
  get view(): ClusterView | undefined {
    return this.#context.observer.view;
  }

  /** The databases that this node keeps. */
  get replicas(): readonly DatabaseReplica[] {
    return this.#databases.replicas;
  }

  /** Why this node takes no part any more; undefined as long as it does. */
  get halted(): HaltedError | undefined {
    return this.#databases.halted;
  }

  replica(name: string): DatabaseReplica | undefined {
    return this.#databases.find(name);
  }

  /**
   * Throws where a write would be in vain: NotLeaderError where another node leads, NoLeaderError where
   * none does, NotEnoughReplicasError where it could not be committed. Call it before one.
   */
  assertWritable(name: string): void {
    const replica = this.#databases.find(name);
    const leader = replica?.leader;
    const { writeQuorum } = this.#context.settings;
    if (leader === undefined) {
      const isToLead = replica === undefined ? this.#mayCreate : this.#changes.isCreating(name);
      if (!isToLead) throw this.#notLeading(name);
      this.#assertPresent(writeQuorum);
      return;
    }
    if (replica?.isHandingOver === true) throw new NoLeaderError(name);
    const available = leader.inSyncCount;
    if (available >= writeQuorum) return;
    // The first to come to a new database need not wait until others have heard of it.
    if (!leader.isNew) throw new NotEnoughReplicasError(writeQuorum, available);
    this.#assertPresent(writeQuorum);
  }

  /**
   * Resolves when a read may be done here. `leader`: this node leads, by its lease or by word of the
   * replicas in sync; `linearizable`: by their word, asked for after the call. Rejects as
   * `assertWritable` does.
   */
  async confirmRead(name: string, consistency: "leader" | "linearizable"): Promise<void> {
    const replica = this.#databases.find(name);
    const leader = replica?.leader;
    const { lease, clock, rules, settings } = this.#context;
    if (leader === undefined) {
      if (replica !== undefined || !(await this.#isAbsent(name))) throw this.#notLeading(name);
      if (consistency === "linearizable") this.#assertPresent(settings.writeQuorum);
      return;
    }
    // Where nobody but this process keeps who is in sync, another node may have been made the leader.
    if (consistency === "linearizable" && settings.roles === "static") this.assertWritable(name);
    // A lease that had ended in between says nothing about who was elected then.
    const hasLease = lease.isValid(clock.monotonicMs()) && lease.heldSinceMs <= leader.provenMs;
    const isSure = hasLease && (settings.roles === "static" || leader.isUnchallenged);
    if (consistency === "leader" && rules.mayReadByLease(leader.state, isSure)) return;
    await this.#timeouts.bound(leader.confirm());
  }

  /**
   * Waits for a write, but not longer than the commit timeout: rejects with CommitTimeoutError then.
   * `database`: where it is written. A write that did nothing there, as its condition did not hold or there
   * was nothing to delete, tells what was stored, as a read does: so that must be committed, and this node
   * must be the leader still. Rejects with NoLeaderError where it is not.
   */
  committed<Result>(write: Promise<Result>, database?: string): Promise<Result> {
    if (database === undefined) return this.#timeouts.bound(write);
    const before = this.#databases.find(database)?.leader;
    return this.#timeouts.bound(write, async () => {
      // What was judged by a database that this very write has made is led here by now. Where there is
      // none, as far as is known here, another node may have made it.
      const leader = before ?? this.#databases.find(database)?.leader;
      await leader?.open.settled();
      if (this.#databases.find(database)?.leader !== leader) throw new NoLeaderError(database);
      await this.confirmRead(database, "leader");
    });
  }

  /** Resolves when this node leads all databases of the cluster; rejects where it cannot. */
  async leading(): Promise<void> {
    const leads = (name: string): boolean => {
      const replica = this.#databases.find(name);
      if (replica?.failure !== undefined) throw replica.failure;
      return replica?.leader !== undefined;
    };
    await this.#until(() => {
      if (this.halted !== undefined) throw this.halted;
      const names = this.view?.databases.keys() ?? [];
      return this.#databases.hasJoined && [...names].every(leads);
    });
  }

  /** How far this node's copy of a database is behind; undefined where it leads it. */
  lag(name: string): CopyLag | undefined {
    const replica = this.#databases.find(name);
    if (replica?.leader !== undefined) return undefined;
    return replica?.follower?.lag ?? unknownLag;
  }

  /** Has another node lead a database that this one leads. */
  async handOver(name: string, toNodeId: string): Promise<void> {
    const replica = this.#databases.find(name);
    if (replica?.leader === undefined) throw this.#notLeading(name);
    await replica.handOver(toNodeId, this.#context.settings.commitTimeoutMs);
  }

  /**
   * For operators: has this node lead a database although it is not in sync, as all that are have gone for
   * good. What they had acknowledged and this node has not is lost; it is logged. Rejects with
   * UncleanElectionError where a node leads, or comes to lead within the time of a lease, with
   * DatabaseNotFoundError, and with ConfigurationUnavailableError.
   */
  async electUnclean(name: string): Promise<void> {
    await this.#changes.electUnclean(name);
  }

  /** Answers a pull of another node. */
  async pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    await this.#context.store.admitReplicas();
    const replica = this.replicas.find(({ id }) => id === request.databaseId);
    if (replica !== undefined) return replica.pull(request, connection);
    const message = `there is no database ${request.databaseId} here`;
    return { refusal: { code: "unknown_database", message } };
  }

  /**
   * Has other nodes lead what this one leads, as far as there are such that are in sync, and takes up no office
   * any more. Resolves when they do, or after `retirementMs`; what is left is logged. The node goes on
   * following until it is closed. Calling it again gives the same promise.
   */
  retire(): Promise<void> {
    // By configuration one node leads, whether or not it is there.
    if (this.#context.settings.roles === "static") return Promise.resolve();
    if (this.#retirement === undefined) {
      this.#retirement = retire(this.#context, () => this.replicas);
      this.#tellWaiters();
    }
    return this.#retirement;
  }

  /** Retires, then takes no part any more; what is written stays. */
  async close(): Promise<void> {
    await this.retire();
    this.#isClosed = true;
    this.#tick?.cancel();
    const { observer, lease, peers, store } = this.#context;
    store.authority = undefined;
    observer.close();
    await this.#databases.close();
    await lease.close();
    await peers.close();
    this.#tellWaiters();
  }

  /** Whether a database may be created on this node. */
  get #mayCreate(): boolean {
    const { view } = this;
    if (view === undefined || this.halted !== undefined || !this.#databases.hasJoined) return false;
    if (this.#retirement !== undefined) return false;
    return view.creator === undefined || view.creator === this.nodeId;
  }

  /** Whether the cluster has no such database, and this node may say so. */
  async #isAbsent(name: string): Promise<boolean> {
    if (this.view?.databases.has(name) !== false || !this.#mayCreate) return false;
    try {
      // Another node may have created it just now.
      const view = await this.#timeouts.bound(this.#context.observer.readAnew());
      return !view.databases.has(name);
    } catch (error) {
      if (error instanceof ConfigurationUnavailableError) return false;
      throw error;
    }
  }

  #assertPresent(writeQuorum: number): void {
    const available = this.view?.nodes.size ?? 0;
    if (available < writeQuorum) throw new NotEnoughReplicasError(writeQuorum, available);
  }

  /** What to throw where this node does not lead a database. */
  #notLeading(name: string): NotLeaderError | NoLeaderError {
    const { view, nodeId } = this;
    const state = view?.databases.get(name)?.state;
    const leaderId = state === undefined ? view?.creator : state.leader?.nodeId;
    const address = leaderId === undefined ? undefined : view?.nodes.get(leaderId);
    if (address !== undefined && address.nodeId !== nodeId)
      return new NotLeaderError(address.publicUrl);
    // Where one node leads by configuration, it only has not been heard of yet.
    const isElsewhere = this.#context.settings.roles === "static" && view === undefined;
    return isElsewhere ? new NotLeaderError(undefined) : new NoLeaderError(name);
  }

  #viewChanged(): void {
    this.#databases.look();
    this.#look();
  }

  #look(): void {
    for (const replica of this.replicas) replica.look();
    this.#tellWaiters();
  }

  #tellWaiters(): void {
    for (const look of this.#viewWaiters) look();
  }

  /** Resolves when something holds, or the node is closed. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          if (!holds() && !this.#isClosed) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        this.#viewWaiters.delete(look);
      };
      this.#viewWaiters.add(look);
      look();
    });
  }

  #scheduleTick(): void {
    const { clock, settings } = this.#context;
    this.#tick = clock.after(settings.replicaTimeoutMs / 4, () => {
      for (const replica of this.replicas) replica.tick();
      if (!this.#isClosed) this.#scheduleTick();
    });
  }
}

const unknownLag: CopyLag = {
  records: undefined,
  sinceCaughtUpMs: undefined,
  sinceContactMs: undefined,
  isReached: false,
};
