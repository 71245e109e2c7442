import type { Database, Epoch, LogOffset, OpenDatabase } from "@boxerdb/engine";

import type { NodeClock } from "../node-clock.ts";
import type { PullRequest, PullResult, Refusal } from "../protocol/messages.ts";

import {
  ReplicaTracker,
  type ReplicaId,
  type ReplicaProgress,
  type ReplicaTrackerOptions,
} from "./replica-tracker.ts";

/** Records for a follower, or why it gets none. */
export type PullOutcome =
  | { readonly refusal: Refusal }
  | { readonly result: PullResult; readonly bytes: Buffer<ArrayBuffer> };

/** Leads one database: answers pulls, and commits what enough replicas have. */
export class DatabaseLeader {
  readonly name: string;
  readonly tracker: ReplicaTracker;
  readonly #open: OpenDatabase;
  readonly #clock: NodeClock;
  readonly #longestWaitMs: number;
  readonly #endAtStart: LogOffset;
  readonly #stopListening: () => void;
  readonly #closing = new AbortController();
  /** The last pull that came by each connection that is open. */
  readonly #lastPulls = new WeakMap<AbortSignal, ReplicaProgress>();
  /**
   * The data directories whose copy was begun at offset 0 in this reign. Tombstones do not go once a
   * follower has come, so such a copy misses none of them, wherever it has got to.
   */
  readonly #begunInReign = new Set<string>();
  #pulls = 0;
  #pulledBytes = 0;

  /** `database` must exist; a new one may still be about to begin its first epoch. */
  constructor(
    database: Database,
    open: OpenDatabase,
    options: ReplicaTrackerOptions,
    clock: NodeClock,
  ) {
    this.name = database.name;
    this.#open = open;
    this.#clock = clock;
    // A waiting follower says nothing, and must not seem late for it.
    this.#longestWaitMs = options.timeoutMs / 3;
    this.tracker = new ReplicaTracker(options, open.highWatermark, open.log.acceptedOffset);
    this.#endAtStart = open.log.endOffset;
    this.#stopListening = open.onProgress(() => this.#progressed());
    this.#progressed();
  }

  /**
   * Whether all that was here when the reign began is committed. Until then records may be missing
   * from sight that an earlier reign has acknowledged.
   */
  get isEstablished(): boolean {
    return this.#open.highWatermark >= this.#endAtStart;
  }

  /** Pulls that were answered in this reign, and the bytes of records in the answers. */
  get served(): { readonly pulls: number; readonly bytes: number } {
    return { pulls: this.#pulls, bytes: this.#pulledBytes };
  }

  get databaseId(): string {
    return this.#open.manifest.id;
  }

  get database(): OpenDatabase {
    return this.#open;
  }

  /**
   * Answers a pull, after waiting while there is nothing new. `connection` is aborted when the
   * connection by which it came is closed.
   */
  async pull(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) return { refusal };
    if (request.from === 0) this.#begunInReign.add(request.storeId);
    const pull = this.tracker.pulled(request, request.from, this.#clock.monotonicMs());
    this.#commit();
    this.#watch(connection, pull);
    await this.#untilNews(request, connection);
    const { bytes, nextOffset } = await this.#open.log.readFrom(request.from, request.maxBytes);
    this.#pulls++;
    this.#pulledBytes += bytes.byteLength;
    const { acceptedOffset, epochs } = this.#open.log;
    const { highWatermark } = this.#open;
    return {
      bytes,
      result: { epoch: epochs.last, nextOffset, highWatermark, endOffset: acceptedOffset },
    };
  }

  /** Counts followers in that are there although they have not pulled this database yet. */
  expect(replicas: Iterable<ReplicaId>): void {
    for (const replica of replicas) this.tracker.expect(replica, this.#clock.monotonicMs());
  }

  /** Stops waiting for followers that are late; returns their node ids. */
  evictLate(): readonly string[] {
    const late = this.tracker.evictLate(this.#clock.monotonicMs());
    this.#commit();
    return late.map(({ nodeId }) => nodeId);
  }

  close(): void {
    this.#stopListening();
    this.#closing.abort();
  }

  #progressed(): void {
    this.tracker.leaderSynced(this.#open.log.acceptedOffset);
    this.#commit();
  }

  #commit(): void {
    this.#open.advanceHighWatermark(this.tracker.highWatermark);
  }

  /**
   * Takes note when the connection of a pull is closed. Under load a follower is mostly between two
   * pulls, appending what it got, so it is not enough to look while one waits.
   */
  #watch(connection: AbortSignal, pull: ReplicaProgress): void {
    const isWatched = this.#lastPulls.has(connection);
    this.#lastPulls.set(connection, pull);
    const lost = (): void => {
      this.tracker.disconnected(this.#lastPulls.get(connection) ?? pull);
      this.#commit();
    };
    if (connection.aborted) lost();
    else if (!isWatched) {
      connection.addEventListener("abort", lost, { once: true, signal: this.#closing.signal });
    }
  }

  #refusalOf(request: PullRequest): Refusal | undefined {
    const { log } = this.#open;
    const { from, lastEpoch } = request;
    const epoch = log.epochs.last;
    if (request.epoch > epoch) {
      const message = `the follower knows epoch ${request.epoch}, this leader has epoch ${epoch}`;
      return { code: "stale_epoch", message, epoch };
    }
    const reign = log.epochs.startBefore(from);
    const isSameReign = reign.epoch === lastEpoch && reign.checksum === request.lastEpochChecksum;
    if (from > log.acceptedOffset || !isSameReign) {
      // Under the number of one epoch there may be two reigns, which share what was before.
      const isKnown = log.epochs.starts.some(
        ({ epoch, checksum }) => epoch === lastEpoch && checksum === request.lastEpochChecksum,
      );
      const shared = (isKnown ? lastEpoch : Math.max(0, lastEpoch - 1)) as Epoch;
      const common = log.epochs.endOf(shared, log.acceptedOffset);
      const message =
        `the follower's log (epoch ${lastEpoch} before offset ${from}) is not a part of the leader's, ` +
        `in which epoch ${common.epoch} ends at offset ${common.endOffset}`;
      return { code: "diverged", message, epoch: common.epoch, endOffset: common.endOffset };
    }
    if (from < log.purgeFloor && from > 0 && !this.#begunInReign.has(request.storeId)) {
      const message = `the leader has dropped tombstones below offset ${log.purgeFloor}`;
      return { code: "below_purge_floor", message, purgeFloor: log.purgeFloor };
    }
    return undefined;
  }

  /** Resolves when there are records beyond `from`, the watermark rose, or the wait is over. */
  #untilNews(request: PullRequest, connection: AbortSignal): Promise<void> {
    const hasNews = (): boolean =>
      this.#open.log.acceptedOffset > request.from ||
      this.#open.highWatermark > request.highWatermark;
    return new Promise((resolve) => {
      if (hasNews() || connection.aborted || request.waitMs === 0) {
        resolve();
        return;
      }
      const done = (): void => {
        timer.cancel();
        stopListening();
        connection.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.#clock.after(Math.min(request.waitMs, this.#longestWaitMs), done);
      const stopListening = this.#open.onProgress(() => {
        if (hasNews()) done();
      });
      connection.addEventListener("abort", done);
    });
  }
}
