/**
 * The leading side of a node: keeps the catalog of databases, leads each of them, and knows which
 * followers are there.
 */
import { randomInt } from "node:crypto";

import type { Epoch, Store } from "@boxerdb/engine";

import { NotEnoughReplicasError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import {
  protocolVersion,
  type CatalogRequest,
  type CatalogResponse,
  type PullRequest,
} from "../protocol/messages.ts";

import { DatabaseLeader, type PullOutcome } from "./database-leader.ts";
import type { ReplicaId } from "./replica-tracker.ts";

/** A follower that has asked for the catalog in this reign. */
export interface KnownFollower extends ReplicaId {
  /** Where clients reach it. */
  readonly publicUrl: string;
  /** When it asked last, by the leader's monotonic clock. */
  readonly seenMs: number;
  /** Whether it has asked within the replica timeout, and its connection was not seen to be lost. */
  readonly isConnected: boolean;
}

export interface LeaderOptions {
  readonly store: Store;
  readonly nodeId: string;
  readonly publicUrl: string;
  readonly writeQuorum: number;
  readonly replicaTimeoutMs: number;
  readonly clock: NodeClock;
  readonly log: NodeLog;
}

/** Of followers that are gone, so many are remembered: a request costs memory here, whoever sends it. */
const goneFollowersAtMost = 100;

export class Leader {
  readonly #options: LeaderOptions;
  readonly #leaders = new Map<string, DatabaseLeader>();
  readonly #followers = new Map<string, KnownFollower>();
  readonly #catalogWaiters = new Set<() => void>();
  readonly #stopListening: () => void;
  // Begins anywhere, so that a follower does not take another reign's catalog for the one it knows.
  #catalogVersion = randomInt(1, 2 ** 40);
  #evictionTimer: { cancel(): void } | undefined;
  #isClosed = false;

  private constructor(options: LeaderOptions) {
    this.#options = options;
    this.#stopListening = options.store.onCatalogChange(() => this.#catalogChanged());
  }

  /** Begins a new epoch in every database, then leads. */
  static async start(options: LeaderOptions): Promise<Leader> {
    for (const database of options.store.databases()) {
      const open = database.open;
      await open?.beginEpoch((open.log.epochs.last + 1) as Epoch);
    }
    const leader = new Leader(options);
    leader.#adoptDatabases();
    options.store.acceptsNewDatabases = true;
    leader.#scheduleEviction();
    return leader;
  }

  get databases(): readonly DatabaseLeader[] {
    return [...this.#leaders.values()];
  }

  /** All followers of this reign, those that are gone too. */
  get followers(): readonly KnownFollower[] {
    const { clock, replicaTimeoutMs } = this.#options;
    const since = clock.monotonicMs() - replicaTimeoutMs;
    return [...this.#followers.values()].map((follower) =>
      follower.seenMs >= since ? follower : { ...follower, isConnected: false },
    );
  }

  /** How many nodes a new database would be in sync on, this one among them. */
  get presentCount(): number {
    return this.#present().length + 1;
  }

  /** Throws NotEnoughReplicasError where a write to a database could not be committed now. */
  assertEnoughReplicas(name: string): void {
    const { writeQuorum } = this.#options;
    const available = this.#leaders.get(name)?.tracker.inSyncCount ?? this.presentCount;
    if (available < writeQuorum) throw new NotEnoughReplicasError(writeQuorum, available);
  }

  /**
   * Throws NotEnoughReplicasError where another node could have acknowledged what is not in sight here.
   * Roles come from configuration, so that this node leads as long as a write could be committed; and
   * what an earlier reign has acknowledged is in sight once enough nodes have all of it again.
   */
  assertLeads(name: string): void {
    this.assertEnoughReplicas(name);
    if (this.#leaders.get(name)?.isEstablished === false) {
      const { writeQuorum } = this.#options;
      throw new NotEnoughReplicasError(writeQuorum, writeQuorum - 1);
    }
  }

  /** Answers with the databases there are, as soon as they are others than the asker knows. */
  async catalog(request: CatalogRequest, connection: AbortSignal): Promise<CatalogResponse> {
    await this.#options.store.admitReplicas();
    const { nodeId, storeId, publicUrl: followerUrl } = request;
    const key = keyOf(request);
    if (this.#followers.get(key)?.isConnected !== true) {
      this.#options.log.info({ nodeId, storeId, followerUrl }, "follower connected");
      this.#forgetOldest();
    }
    const seenMs = this.#options.clock.monotonicMs();
    const visit = { nodeId, storeId, publicUrl: followerUrl, seenMs, isConnected: true };
    this.#followers.set(key, visit);
    if (request.version === this.#catalogVersion && request.waitMs > 0) {
      const waitMs = Math.min(request.waitMs, this.#options.replicaTimeoutMs / 3);
      await this.#untilCatalogChange(waitMs, connection);
    }
    // It may have asked again since, by another connection.
    if (connection.aborted && this.#followers.get(key) === visit) {
      this.#followers.set(key, { ...visit, isConnected: false });
    }
    const { store, publicUrl } = this.#options;
    return {
      protocol: protocolVersion,
      nodeId: this.#options.nodeId,
      storeId: store.id,
      publicUrl,
      version: this.#catalogVersion,
      databases: this.databases.map(({ name, databaseId }) => ({ name, id: databaseId })),
    };
  }

  async pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    await this.#options.store.admitReplicas();
    if (request.leaderStoreId !== this.#options.store.id) {
      const message = `this leader has store ${this.#options.store.id}, not ${request.leaderStoreId}`;
      return { refusal: { code: "other_store", message } };
    }
    const leader = this.databases.find(({ databaseId }) => databaseId === request.databaseId);
    if (leader === undefined) {
      const message = `there is no database ${request.databaseId} here`;
      return { refusal: { code: "unknown_database", message } };
    }
    return leader.pull(request, connection);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#evictionTimer?.cancel();
    for (const leader of this.#leaders.values()) leader.close();
    for (const wake of this.#catalogWaiters) wake();
  }

  #catalogChanged(): void {
    this.#adoptDatabases();
    this.#catalogVersion++;
    for (const wake of this.#catalogWaiters) wake();
  }

  /** Leads the databases that are new, and lets those go that are no longer there. */
  #adoptDatabases(): void {
    const { store, writeQuorum, replicaTimeoutMs: timeoutMs, clock } = this.#options;
    const present = new Map(store.databases().map((database) => [database.name, database]));
    for (const [name, leader] of this.#leaders) {
      if (present.get(name)?.id === leader.databaseId) continue;
      leader.close();
      this.#leaders.delete(name);
    }
    for (const [name, database] of present) {
      const open = database.open;
      if (open === undefined || this.#leaders.has(name)) continue;
      const leader = new DatabaseLeader(database, open, { writeQuorum, timeoutMs }, clock);
      if (open.log.endOffset === 0) leader.expect(this.#present());
      this.#leaders.set(name, leader);
    }
  }

  #present(): readonly ReplicaId[] {
    return this.followers.filter(({ isConnected }) => isConnected);
  }

  #forgetOldest(): void {
    const gone = this.followers.filter(({ isConnected }) => !isConnected);
    if (gone.length <= goneFollowersAtMost) return;
    const [oldest] = gone.toSorted((a, b) => a.seenMs - b.seenMs);
    if (oldest !== undefined) this.#followers.delete(keyOf(oldest));
  }

  #scheduleEviction(): void {
    const { clock, replicaTimeoutMs, log } = this.#options;
    if (this.#isClosed) return;
    this.#evictionTimer = clock.after(replicaTimeoutMs / 4, () => {
      for (const leader of this.#leaders.values()) {
        for (const nodeId of leader.evictLate()) {
          log.warn({ database: leader.name, nodeId }, "follower is late and no longer in sync");
        }
      }
      this.#scheduleEviction();
    });
  }

  #untilCatalogChange(waitMs: number, connection: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#catalogWaiters.delete(done);
        connection.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.#options.clock.after(waitMs, done);
      this.#catalogWaiters.add(done);
      connection.addEventListener("abort", done);
    });
  }
}

const keyOf = ({ nodeId, storeId }: ReplicaId): string => `${nodeId}\n${storeId}`;
