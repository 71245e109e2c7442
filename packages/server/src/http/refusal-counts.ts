import type { ProblemCode } from "./problem.ts";

/** What ends a connection without a problem that could be answered. */
export type CutReason =
  /** There were as many connections as may be. */
  | "too_many_connections"
  /** A connection had as many requests as it may have, and sent one more. */
  | "connection_used_up"
  /** A client sent too many requests ahead of the answers. */
  | "pipeline_too_long"
  /** A client took nothing of its answer for too long. */
  | "answer_timeout"
  /** A client did not speak TLS, or not a TLS that is spoken here. */
  | "tls_handshake_failed";

/** Counts, by their codes, the requests that were refused and the connections that were cut. */
export class RefusalCounts {
  readonly #counts = new Map<ProblemCode | CutReason, number>();

  count(code: ProblemCode | CutReason): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** How many since the start, by code; codes that did not occur are missing. */
  entries(): Iterable<readonly [ProblemCode | CutReason, number]> {
    return this.#counts.entries();
  }
}
