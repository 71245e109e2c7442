/**
 * What a leader knows of the replicas of one database, and what follows from it: who is in sync, and
 * up to where records are committed. Decisions only; no clock, no network, no disk.
 */
import type { LogOffset } from "@boxerdb/engine";

/** A node with its data directory. */
export interface ReplicaId {
  readonly nodeId: string;
  readonly storeId: string;
}

/**
 * - `behind`: nothing waits for it.
 * - `joining`: it has all that the leader had at its last pull. The high watermark waits for it, so that
 *   it can catch up with writers that never pause, but it does not count towards the write quorum.
 * - `in-sync`: it has all that is committed, and a record must be durable there to be committed.
 */
export type Membership = "behind" | "joining" | "in-sync";

/** What is known of a follower's copy. Times in milliseconds of the leader's monotonic clock. */
export interface ReplicaProgress extends ReplicaId {
  /** All records below it are durable there. */
  readonly syncedOffset: LogOffset;
  readonly membership: Membership;
  readonly lastPullMs: number;
  /** When it last had all that the leader had at the time. */
  readonly caughtUpMs: number;
  /** Where the leader's log ended at its last pull. */
  readonly endAtLastPull: LogOffset;
}

export interface ReplicaTrackerOptions {
  /** How many nodes must have a record durable, the leader among them, before it is committed. */
  readonly writeQuorum: number;
  /** A follower that has not caught up for so long leaves the in-sync replicas. */
  readonly timeoutMs: number;
}

export class ReplicaTracker {
  readonly #options: ReplicaTrackerOptions;
  readonly #replicas = new Map<string, ReplicaProgress>();
  // Invariant: highWatermark never falls, and highWatermark ≤ leaderOffset.
  #highWatermark: LogOffset;
  #leaderOffset: LogOffset;

  /** `highWatermark`: what was committed before this reign; `leaderOffset`: what the leader has durable. */
  constructor(options: ReplicaTrackerOptions, highWatermark: LogOffset, leaderOffset: LogOffset) {
    this.#options = options;
    this.#highWatermark = highWatermark;
    this.#leaderOffset = leaderOffset;
    this.#advance();
  }

  /** All records below it are committed. */
  get highWatermark(): LogOffset {
    return this.#highWatermark;
  }

  /** How many nodes are in sync, the leader among them. */
  get inSyncCount(): number {
    let count = 1;
    for (const { membership } of this.#replicas.values()) if (membership === "in-sync") count++;
    return count;
  }

  get replicas(): readonly ReplicaProgress[] {
    return [...this.#replicas.values()];
  }

  /** The leader has all below `offset` durable. */
  leaderSynced(offset: LogOffset): void {
    this.#leaderOffset = offset;
    this.#advance();
  }

  /**
   * Counts a replica in although it has not pulled yet: a database that was just created starts with
   * all followers that are there.
   */
  expect(id: ReplicaId, nowMs: number): void {
    const { nodeId, storeId } = id;
    if (this.#replicas.has(keyOf(id))) return;
    this.#replicas.set(keyOf(id), {
      nodeId,
      storeId,
      syncedOffset: 0 as LogOffset,
      membership: "in-sync",
      lastPullMs: nowMs,
      caughtUpMs: nowMs,
      endAtLastPull: this.#leaderOffset,
    });
  }

  /**
   * A replica has all below `from` durable. It is in sync once it has all that is committed. Returns
   * what is known of it now, by which `disconnected` tells this pull from a later one.
   */
  pulled(id: ReplicaId, from: LogOffset, nowMs: number): ReplicaProgress {
    const { nodeId, storeId } = id;
    const known = this.#replicas.get(keyOf(id));
    // One that was away for long is as one that was never here: to have all that the leader had then
    // does not mean that it keeps up.
    const wasHere = known !== undefined && nowMs - known.lastPullMs <= this.#options.timeoutMs;
    const before = wasHere ? known : undefined;
    const keepsUp = before !== undefined && from >= before.endAtLastPull;
    const hasAll = from >= this.#leaderOffset;
    const progress: ReplicaProgress = {
      nodeId,
      storeId,
      syncedOffset: from,
      membership: from >= this.#highWatermark ? "in-sync" : keepsUp ? "joining" : "behind",
      lastPullMs: nowMs,
      caughtUpMs:
        hasAll || before === undefined ? nowMs : keepsUp ? before.lastPullMs : before.caughtUpMs,
      endAtLastPull: this.#leaderOffset,
    };
    this.#replicas.set(keyOf(id), progress);
    this.#advance();
    return progress;
  }

  /**
   * The connection of a pull was lost: nothing waits for its replica any more until it pulls again,
   * unless it has done so already, by another connection.
   */
  disconnected(pull: ReplicaProgress): void {
    if (this.#replicas.get(keyOf(pull)) !== pull) return;
    this.#leave(pull);
    this.#advance();
  }

  /** Evicts the replicas that have not caught up for too long; returns them. */
  evictLate(nowMs: number): readonly ReplicaProgress[] {
    const late = this.replicas.filter(
      ({ membership, caughtUpMs }) =>
        membership !== "behind" && nowMs - caughtUpMs > this.#options.timeoutMs,
    );
    // All of them before the watermark moves: none of them is counted any more.
    for (const replica of late) this.#leave(replica);
    this.#advance();
    return late;
  }

  #leave(replica: ReplicaProgress): void {
    this.#replicas.set(keyOf(replica), { ...replica, membership: "behind" });
  }

  #advance(): void {
    if (this.inSyncCount < this.#options.writeQuorum) return;
    let least = this.#leaderOffset;
    for (const { membership, syncedOffset } of this.#replicas.values()) {
      if (membership !== "behind" && syncedOffset < least) least = syncedOffset;
    }
    if (least > this.#highWatermark) this.#highWatermark = least;
  }
}

const keyOf = ({ nodeId, storeId }: ReplicaId): string => `${nodeId}\n${storeId}`;
