import { ConflictError } from "@boxerdb/engine";

import { CommitTimeoutError } from "./errors.ts";
import type { NodeClock } from "./node-clock.ts";

/** A write that waits for its commit, and until when. */
interface WaitingWrite {
  readonly deadlineMs: number;
  readonly reject: (error: unknown) => void;
}

/**
 * Bounds how long writes wait for their commit. All wait equally long, so that the first to come is
 * the first to be late, and one timer does for any number of them: a timer a write would cost more than
 * all else that a node does for it.
 */
export class CommitTimeouts {
  readonly #timeoutMs: number;
  readonly #clock: NodeClock;
  /** In the order of their deadlines. */
  readonly #waiting = new Set<WaitingWrite>();
  #isTimerSet = false;

  constructor(timeoutMs: number, clock: NodeClock) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /**
   * Settles as the write does, or rejects with CommitTimeoutError where that takes too long. A write that
   * did nothing, as its condition did not hold or there was nothing to delete, waits for `confirm` too.
   */
  bound<Result>(write: Promise<Result>, confirm?: () => Promise<void>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { deadlineMs: this.#clock.monotonicMs() + this.#timeoutMs, reject };
      this.#waiting.add(waiting);
      if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs);
      void this.#follow(write, waiting, resolve, confirm);
    });
  }

  async #follow<Result>(
    write: Promise<Result>,
    waiting: WaitingWrite,
    resolve: (result: Result) => void,
    confirm: (() => Promise<void>) | undefined,
  ): Promise<void> {
    try {
      const result = await write;
      if (result === undefined) await confirm?.();
      resolve(result);
    } catch (error) {
      waiting.reject(await this.#confirmed(error, confirm));
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** An error that tells of a condition, once it is confirmed, or why it cannot be. */
  async #confirmed(error: unknown, confirm: (() => Promise<void>) | undefined): Promise<unknown> {
    if (!(error instanceof ConflictError)) return error;
    try {
      await confirm?.();
      return error;
    } catch (reason) {
      return reason;
    }
  }

  #setTimer(delayMs: number): void {
    this.#isTimerSet = true;
    this.#clock.after(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#isTimerSet = false;
    const nowMs = this.#clock.monotonicMs();
    for (const waiting of this.#waiting) {
      if (waiting.deadlineMs > nowMs) {
        this.#setTimer(waiting.deadlineMs - nowMs);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.reject(new CommitTimeoutError(this.#timeoutMs));
    }
  }
}
