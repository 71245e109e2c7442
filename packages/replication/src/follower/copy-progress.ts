import type { LogOffset } from "@boxerdb/engine";

import type { NodeClock } from "../node-clock.ts";

import { CatchUpPace, type CatchUp } from "./catch-up-pace.ts";

/** How far a copy is behind its leader. */
export interface CopyLag {
  /** Records that the leader has and that are not applied here; undefined before it has answered. */
  readonly records: number | undefined;
  /**
   * Since the leader had no more than what is applied here; undefined before that was known for the first
   * time.
   */
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

/** Keeps account of a copy, for those who show it. */
export class CopyProgress {
  readonly #clock: NodeClock;
  /** A leader that has not answered for longer may have written what is not known here. */
  readonly #contactMs: number;
  #leaderEnd: LogOffset | undefined;
  #lastContactMs: number | undefined;
  #caughtUpMs: number | undefined;
  /** What is to be reached next, to know how far in time this copy is behind where it is never level. */
  #mark: { readonly end: LogOffset; readonly ms: number } | undefined;
  #isReached = false;
  readonly #pace: CatchUpPace;
  #pulls = 0;
  #failures = 0;
  #bytes = 0;

  constructor(clock: NodeClock, contactMs: number) {
    this.#clock = clock;
    this.#contactMs = contactMs;
    this.#pace = new CatchUpPace(clock);
  }

  /** Where the leader's log ended when it last answered; undefined before. */
  get leaderEnd(): LogOffset | undefined {
    return this.#leaderEnd;
  }

  /** The leader has answered: its log ends at `leaderEnd`. What is copied into ended at `position` before. */
  answered(leaderEnd: LogOffset, bytes: number, position: LogOffset): void {
    const nowMs = this.#clock.monotonicMs();
    this.#leaderEnd = leaderEnd;
    this.#pace.note(position, leaderEnd);
    this.#lastContactMs = nowMs;
    this.#mark ??= { end: leaderEnd, ms: nowMs };
    this.#isReached = true;
    this.#pulls++;
    this.#bytes += bytes;
  }

  failed(): void {
    this.#isReached = false;
    this.#failures++;
  }

  /** All below an offset is applied here. */
  shown(highWatermark: LogOffset): void {
    if (this.#leaderEnd !== undefined && highWatermark >= this.#leaderEnd) {
      this.#caughtUpMs = this.#clock.monotonicMs();
      this.#mark = undefined;
    } else if (this.#mark !== undefined && highWatermark >= this.#mark.end) {
      this.#caughtUpMs = this.#mark.ms;
      this.#mark = undefined;
    }
  }

  lag(highWatermark: LogOffset): CopyLag {
    const end = this.#leaderEnd;
    const nowMs = this.#clock.monotonicMs();
    const since = (ms: number | undefined) => (ms === undefined ? undefined : nowMs - ms);
    const records = end === undefined ? undefined : Math.max(0, end - highWatermark);
    const sinceContactMs = since(this.#lastContactMs);
    // A leader that answers would have told of more.
    const isReached = this.#isReached && (sinceContactMs ?? Infinity) <= this.#contactMs;
    return {
      records,
      sinceCaughtUpMs: records === 0 && isReached ? 0 : since(this.#caughtUpMs),
      sinceContactMs,
      isReached,
    };
  }

  /** How fast what is copied into, which ends at `position`, comes on. */
  catchUp(position: LogOffset): CatchUp {
    return this.#leaderEnd === undefined ? unknownPace : this.#pace.pace(position, this.#leaderEnd);
  }

  get counts(): PullCounts {
    return { pulls: this.#pulls, failures: this.#failures, bytes: this.#bytes };
  }
}

const unknownPace: CatchUp = { recordsPerSecond: undefined, remainingMs: undefined };
