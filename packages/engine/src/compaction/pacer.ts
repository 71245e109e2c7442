/**
 * Keeps compaction from getting into the way of others: it stops after so many records, so that the
 * event loop turns, and it waits where more bytes would be written than are allowed.
 */
import type { Clock } from "../clock.ts";

import { TokenBucket } from "./token-bucket.ts";

/** Records between two turns of the event loop: about 0.2 ms of work. And bytes, as long records take their time too. */
const calm = { records: 96, bytes: 256 << 10 };
/** As many times more at the most: 1.5 ms of work. */
const hurryFactor = 8;

export class Pacer {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #stop = new AbortController();
  #records = 0;
  #bytes = 0;
  /** From 0 to 1: how much longer the steps are than they should be for others (see disk-debt.ts). */
  hurry = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecond, clock.now());
  }

  /** Aborted by `stop`. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ends all waiting, for good. */
  stop(): void {
    this.#stop.abort();
  }

  /** Takes note of work that was done; true when it is time to `pause`. */
  counts(records: number, bytes: number): boolean {
    this.#records += records;
    this.#bytes += bytes;
    const factor = 1 + this.hurry * (hurryFactor - 1);
    return this.#records >= calm.records * factor || this.#bytes >= calm.bytes * factor;
  }

  /** Lets the event loop turn. */
  async pause(): Promise<void> {
    this.#records = 0;
    this.#bytes = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Takes note of bytes that were written; resolves when more may be, or after `stop`. */
  async wrote(bytes: number): Promise<void> {
    const delayMs = this.#bucket.use(bytes, this.#clock.now());
    if (delayMs === 0 || this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.#clock.after(delayMs, done);
      this.signal.addEventListener("abort", done);
    });
  }
}
