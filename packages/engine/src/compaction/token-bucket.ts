import type { TimestampMs } from "../scalars.ts";

/** How much of a second's bytes may come at once, after a while in which less was used. */
const burstSeconds = 0.25;

/** Says how long to wait so that no more than so many bytes a second are used. A pure decision. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  // Invariant: at most burstBytes. Below zero: used in advance, to be waited for.
  #freeBytes: number;
  #filledAt: TimestampMs;

  constructor(bytesPerSecond: number, now: TimestampMs) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.#burstBytes = bytesPerSecond * burstSeconds;
    this.#freeBytes = this.#burstBytes;
    this.#filledAt = now;
  }

  /** Uses `bytes`; returns for how many milliseconds to wait before more are used. */
  use(bytes: number, now: TimestampMs): number {
    // The clock may have been set back; nothing is gained or lost by that.
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#freeBytes = Math.min(this.#burstBytes, this.#freeBytes + elapsedMs * this.#bytesPerMs);
    this.#freeBytes -= bytes;
    return this.#freeBytes >= 0 ? 0 : Math.ceil(-this.#freeBytes / this.#bytesPerMs);
  }
}
