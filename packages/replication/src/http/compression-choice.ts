/**
 * When a follower asks for compressed records. Whether they pay depends on the way to the leader: how slow
 * that is shows in answers that come, be they compressed or not, by the time for which this node did nothing
 * but wait for them. While it is busy, or the way is the loopback interface, it hardly waits, and compression
 * would only add work.
 */
import { compressedBytesAtLeast } from "./record-compression.ts";

/** `auto`: where the way to the leader is slow. */
export type PeerCompression = "auto" | "on" | "off";

/** Milliseconds for which a mebibyte of an answer was waited for, of late. */
export type LinkSlowness = number;

/** Before anything is known. */
export const presumedSlowness: LinkSlowness = 0;

const MiB = 1 << 20;

/** What came before the last so many bytes counts little: short pauses of either side are evened out. */
const memoryBytes = 8 * MiB;

/** What is known after a body of so many bytes, which was waited for so long after its headers. */
export function slownessAfter(
  before: LinkSlowness,
  bodyBytes: number,
  waitedMs: number,
): LinkSlowness {
  // A short one comes with its headers.
  if (bodyBytes < compressedBytesAtLeast) return before;
  return (before * memoryBytes + waitedMs * MiB) / (memoryBytes + bodyBytes);
}

/**
 * 66 MB/s. To compress a mebibyte and to decode it takes 2.7 to 4.4 ms of two processors that may have other
 * work, and saves two thirds of the way or more: at this speed 10 ms. By gigabit Ethernet it would be 6 ms, of
 * a pull that takes 28.
 */
const slowMsPerMebibyte = 16;

/** Whether the next pull asks for compressed records. */
export const wantsCompression = (setting: PeerCompression, slowness: LinkSlowness): boolean =>
  setting === "on" || (setting === "auto" && slowness > slowMsPerMebibyte);

/**
 * Tells how long an answer was waited for. Time in which several were is counted once: each database is pulled
 * by itself, and all of them by one way.
 */
export class WaitAccount {
  readonly #waitedMs: () => number;
  #countedMs = 0;

  /** `waitedMs`: for how long nothing was done but wait, since some moment in the past. Milliseconds. */
  constructor(waitedMs: () => number) {
    this.#waitedMs = waitedMs;
  }

  /** An answer is waited for from now on. What is returned says how long it was, when it has come. Milliseconds. */
  begin(): () => number {
    const before = this.#waitedMs();
    return () => {
      const nowMs = this.#waitedMs();
      const sinceMs = Math.max(before, this.#countedMs);
      this.#countedMs = nowMs;
      return nowMs - sinceMs;
    };
  }
}
