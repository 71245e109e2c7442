import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** What was measured of one kind of work. */
export interface Measurement {
  readonly operations: number;
  readonly durationMs: number;
  /** How long calls took, each of them of one operation or of many. */
  readonly latencyMs: Latency;
}

/** The time that so many of a hundred calls, or of a thousand, did not exceed, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

const nanosPerMs = 1e6;

/** Takes down how long calls take. Memory does not grow with their number. */
export class LatencyRecorder {
  readonly #nanos: RecordableHistogram = createHistogram();

  record(durationMs: number): void {
    // The histogram counts from 1.
    this.#nanos.record(Math.max(1, Math.round(durationMs * nanosPerMs)));
  }

  latency(): Latency {
    const percentile = (share: number): number => this.#nanos.percentile(share) / nanosPerMs;
    return { p50: percentile(50), p99: percentile(99), p999: percentile(99.9) };
  }
}

/** Operations a second. */
export const perSecond = ({ operations, durationMs }: Measurement): number =>
  durationMs > 0 ? (operations * 1000) / durationMs : 0;
