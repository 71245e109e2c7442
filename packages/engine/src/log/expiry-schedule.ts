/**
 * How many bytes of a segment expire when, in memory of a fixed size. Times are counted in intervals
 * that become twice as long whenever there are too many of them, so the answer is a little late, never
 * early: what is said to have expired has.
 */
import type { TimestampMs } from "../scalars.ts";

const firstIntervalMs = 1_024;
const intervalsAtMost = 128;

/** What a schedule holds, for keeping it: the length of an interval, and bytes by its number. */
export interface ScheduledBytes {
  readonly intervalMs: number;
  readonly bytes: readonly (readonly [interval: number, bytes: number])[];
}

export class ExpirySchedule {
  #intervalMs = firstIntervalMs;
  // By the number of the interval in which they expire. Invariant: at most `intervalsAtMost`, all > 0.
  #bytes = new Map<number, number>();
  #totalBytes = 0;

  /** All that it holds. */
  get content(): ScheduledBytes {
    return { intervalMs: this.#intervalMs, bytes: [...this.#bytes] };
  }

  /** Makes an empty schedule hold what another one held. */
  restore({ intervalMs, bytes }: ScheduledBytes): void {
    this.#intervalMs = intervalMs;
    this.#bytes = new Map(bytes);
    for (const [, intervalBytes] of bytes) this.#totalBytes += intervalBytes;
  }

  /** Bytes of all records that expire at some time. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Takes note of a record that expires. */
  add(expires: TimestampMs, byteLength: number): void {
    this.#change(expires, byteLength);
    while (this.#bytes.size > intervalsAtMost) this.#widen();
  }

  /** Forgets a record that was added: it has been replaced. */
  remove(expires: TimestampMs, byteLength: number): void {
    this.#change(expires, -byteLength);
  }

  /** Bytes of records that have expired by `now` for certain. */
  expiredBytes(now: TimestampMs): number {
    let expired = 0;
    for (const [interval, bytes] of this.#bytes) {
      if (this.#endOf(interval) <= now) expired += bytes;
    }
    return expired;
  }

  /** The first time after `now` at which `expiredBytes` will be greater; undefined where there is none. */
  nextAfter(now: TimestampMs): TimestampMs | undefined {
    let next: TimestampMs | undefined;
    for (const interval of this.#bytes.keys()) {
      const end = this.#endOf(interval);
      if (end > now && (next === undefined || end < next)) next = end;
    }
    return next;
  }

  /** The time at which the last record of an interval expires, at the latest. */
  #endOf(interval: number): TimestampMs {
    return ((interval + 1) * this.#intervalMs - 1) as TimestampMs;
  }

  #change(expires: TimestampMs, byteLength: number): void {
    const interval = Math.floor(expires / this.#intervalMs);
    const bytes = (this.#bytes.get(interval) ?? 0) + byteLength;
    if (bytes === 0) this.#bytes.delete(interval);
    else this.#bytes.set(interval, bytes);
    this.#totalBytes += byteLength;
  }

  #widen(): void {
    const narrow = this.#bytes;
    this.#bytes = new Map();
    this.#intervalMs *= 2;
    for (const [interval, bytes] of narrow) {
      const wide = Math.floor(interval / 2);
      this.#bytes.set(wide, (this.#bytes.get(wide) ?? 0) + bytes);
    }
  }
}
