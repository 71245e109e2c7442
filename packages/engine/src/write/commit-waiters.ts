import type { LogOffset } from "../scalars.ts";

interface Waiter {
  readonly offset: LogOffset;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait until a record is committed, by offset. */
export class CommitWaiters {
  // Invariant: offsets do not fall from one to the next.
  readonly #waiters: Waiter[] = [];

  /** Resolves when the record at `offset` is committed; rejects when that can no longer be known. */
  wait(offset: LogOffset): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = { offset, resolve, reject };
      const last = this.#waiters.at(-1);
      if (last === undefined || last.offset <= offset) {
        this.#waiters.push(waiter);
      } else {
        const after = this.#waiters.findIndex((other) => other.offset > offset);
        this.#waiters.splice(after, 0, waiter);
      }
    });
  }

  /** Resolves all that wait for records below `highWatermark`. */
  commit(highWatermark: LogOffset): void {
    let count = 0;
    for (const waiter of this.#waiters) {
      if (waiter.offset >= highWatermark) break;
      count++;
    }
    for (const waiter of this.#waiters.splice(0, count)) waiter.resolve();
  }

  /** Rejects all. */
  fail(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
