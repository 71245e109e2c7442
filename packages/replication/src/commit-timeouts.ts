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

  /** Settles as the write does, or rejects with CommitTimeoutError where that takes too long. */
  bound<Result>(write: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { deadlineMs: this.#clock.monotonicMs() + this.#timeoutMs, reject };
      this.#waiting.add(waiting);
      if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs);
      void this.#follow(write, waiting, resolve);
    });
  }

  async #follow<Result>(
    write: Promise<Result>,
    waiting: WaitingWrite,
    resolve: (result: Result) => void,
  ): Promise<void> {
    try {
      resolve(await write);
    } catch (error) {
      waiting.reject(error);
    } finally {
      this.#waiting.delete(waiting);
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
