import type { LogOffset } from "../scalars.ts";

interface Waiter {
  readonly offset: LogOffset;
  /** What its write takes of the in-flight budget. */
  readonly bytes: number;
  readonly resolve: (offset: LogOffset) => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait until a record is committed, by offset. */
export class CommitWaiters {
  // Invariant: offsets do not fall from one to the next.
  #waiters: Waiter[] = [];
  readonly #giveBack: (bytes: number) => void;

  /** `giveBack` is told the bytes of each write whose waiter was answered. */
  constructor(giveBack: (bytes: number) => void) {
    this.#giveBack = giveBack;
  }

  /** Resolves to `offset` when its record is committed; rejects when that can no longer be known. */
  wait(offset: LogOffset, bytes: number): Promise<LogOffset> {
    return new Promise((resolve, reject) => {
      const waiter = { offset, bytes, resolve, reject };
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
    for (const waiter of this.#takeBelow(highWatermark)) {
      waiter.resolve(waiter.offset);
      this.#giveBack(waiter.bytes);
    }
  }

  /** Rejects all. */
  fail(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(error);
      this.#giveBack(waiter.bytes);
    }
  }

  #takeBelow(highWatermark: LogOffset): readonly Waiter[] {
    const waiters = this.#waiters;
    const count = waiters.findIndex(({ offset }) => offset >= highWatermark);
    if (count >= 0) return waiters.splice(0, count);
    this.#waiters = [];
    return waiters;
  }
}
