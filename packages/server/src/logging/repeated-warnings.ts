import type { Logger } from "./logger.ts";

/** Within so long, a warning of one kind is logged once. */
const quietMs = 10_000;

/**
 * Logs warnings that a whole crowd of clients may cause at once: the first of a kind, and from then on
 * every ten seconds one, which says how many there were in between.
 */
export class RepeatedWarnings {
  readonly #log: Logger;
  readonly #monotonicMs: () => number;
  readonly #kinds = new Map<string, { loggedMs: number; unlogged: number }>();

  /** @param monotonicMs milliseconds that only ever grow */
  constructor(log: Logger, monotonicMs: () => number) {
    this.#log = log;
    this.#monotonicMs = monotonicMs;
  }

  /** `kind` is one of few. */
  warn(kind: string, fields: object, message: string): void {
    const nowMs = this.#monotonicMs();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.loggedMs < quietMs) {
      known.unlogged++;
      return;
    }
    const unlogged = known?.unlogged ?? 0;
    this.#kinds.set(kind, { loggedMs: nowMs, unlogged: 0 });
    this.#log.warn(unlogged === 0 ? fields : { ...fields, unlogged }, message);
  }
}
