import type { LogOffset, OpenDatabase } from "@boxerdb/engine";

import { HaltedError, PeerError } from "../errors.ts";
import type { ReplicaId } from "../leader/replica-tracker.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import { protocolVersion, type PullResult } from "../protocol/messages.ts";

import type { LeaderClient } from "./leader-client.ts";
import { pause, retryPauseMsAfter } from "./pause.ts";
import { decidePull } from "./pull-decision.ts";

export interface DatabaseFollowerOptions {
  readonly name: string;
  readonly open: OpenDatabase;
  readonly replica: ReplicaId;
  /** The UUID of the store that this one is a copy of. */
  readonly leaderStoreId: string;
  readonly client: LeaderClient;
  readonly clock: NodeClock;
  readonly log: NodeLog;
}

/** About how many bytes of records one pull asks for. */
const pullBytes = 4 << 20;
/** How long a pull waits on the leader while there is nothing new. */
const pullWaitMs = 1_000;
const retryPauseMs = 200;
/** A leader that has not answered for longer may have written what is not known here. */
const contactMs = 2 * pullWaitMs;

/** How far a copy is behind its leader. */
export interface CopyLag {
  /** Records that the leader has and that are not applied here; undefined before it has answered. */
  readonly records: number | undefined;
  /** Since all that the leader had was applied here; undefined before it was for the first time. */
  readonly sinceCaughtUpMs: number | undefined;
  /** Since the leader last answered; undefined before it has. */
  readonly sinceContactMs: number | undefined;
  /**
   * Whether the leader answers: its last answer could be used and is not older than two pulls take that
   * wait for news. If not, it may have records that are not counted here.
   */
  readonly isReached: boolean;
}

/** What was pulled since following began. */
export interface PullCounts {
  readonly pulls: number;
  /** Attempts that brought no answer, or one that could not be used. */
  readonly failures: number;
  /** Of records. */
  readonly bytes: number;
}

/** Copies one database from the leader, pull by pull, until it is closed. */
export class DatabaseFollower {
  readonly name: string;
  readonly #options: DatabaseFollowerOptions;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #leaderEnd: LogOffset | undefined;
  #lastContactMs: number | undefined;
  #caughtUpMs: number | undefined;
  #isReached = false;
  #pulls = 0;
  #failures = 0;
  #pulledBytes = 0;
  #halted: HaltedError | undefined;
  /** What the last attempt failed with; undefined if it did not. */
  #lastFailure: string | undefined;

  constructor(options: DatabaseFollowerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#running = this.#run();
  }

  get databaseId(): string {
    return this.#options.open.manifest.id;
  }

  /** Why it has stopped for good; undefined as long as it goes on. */
  get halted(): HaltedError | undefined {
    return this.#halted;
  }

  get lag(): CopyLag {
    const { open, clock } = this.#options;
    const end = this.#leaderEnd;
    const nowMs = clock.monotonicMs();
    const since = (ms: number | undefined) => (ms === undefined ? undefined : nowMs - ms);
    const records = end === undefined ? undefined : Math.max(0, end - open.highWatermark);
    const sinceContactMs = since(this.#lastContactMs);
    // A leader that answers would have told of more.
    const isReached = this.#isReached && (sinceContactMs ?? Infinity) <= contactMs;
    return {
      records,
      sinceCaughtUpMs: records === 0 && isReached ? 0 : since(this.#caughtUpMs),
      sinceContactMs,
      isReached,
    };
  }

  get counts(): PullCounts {
    return { pulls: this.#pulls, failures: this.#failures, bytes: this.#pulledBytes };
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { clock, log } = this.#options;
    while (!signal.aborted && this.#halted === undefined) {
      try {
        await this.#pull();
        this.#lastFailure = undefined;
        this.#isReached = true;
        this.#pulls++;
      } catch (error) {
        if (signal.aborted) return;
        this.#isReached = false;
        this.#failures++;
        if (error instanceof HaltedError) {
          this.#halted = error;
          log.error({ database: this.name, err: error }, "stopped following");
          return;
        }
        // One line for every reason, not one for every attempt.
        const failure = String(error);
        if (failure !== this.#lastFailure) {
          log.warn({ database: this.name, err: error }, "pull failed, retrying");
        }
        this.#lastFailure = failure;
        await pause(clock, retryPauseMsAfter(error, retryPauseMs), signal);
      }
    }
  }

  async #pull(): Promise<void> {
    const { open, replica, client, clock } = this.#options;
    if (open.failure !== undefined) {
      throw new HaltedError("writing to the log failed on this node: restart it", {
        cause: open.failure,
      });
    }
    const from = open.log.acceptedOffset;
    const { epochs } = open.log;
    const { highWatermark } = open;
    const last = epochs.startBefore(from);
    const answer = await client.pull(
      {
        protocol: protocolVersion,
        ...replica,
        leaderStoreId: this.#options.leaderStoreId,
        databaseId: this.databaseId,
        from,
        lastEpoch: last.epoch,
        lastEpochChecksum: last.checksum,
        epoch: epochs.last,
        highWatermark,
        maxBytes: pullBytes,
        waitMs: pullWaitMs,
      },
      this.#abort.signal,
    );
    this.#lastContactMs = clock.monotonicMs();
    const decision = decidePull({ from, epoch: epochs.last, highWatermark }, answer);
    switch (decision.action) {
      case "append":
        if ("result" in answer) await this.#take(from, answer);
        return;
      case "retry":
      case "leave":
        throw new PeerError(decision.reason);
      case "halt":
        throw new HaltedError(decision.reason);
    }
  }

  async #take(
    from: LogOffset,
    { result, bytes }: { readonly result: PullResult; readonly bytes: Buffer },
  ): Promise<void> {
    const { open } = this.#options;
    this.#leaderEnd = result.endOffset;
    if (result.nextOffset > from) await open.appendReplicated(bytes, result.nextOffset);
    open.advanceHighWatermark(result.highWatermark);
    this.#pulledBytes += bytes.byteLength;
    if (open.highWatermark >= result.endOffset) {
      this.#caughtUpMs = this.#options.clock.monotonicMs();
    }
  }
}
