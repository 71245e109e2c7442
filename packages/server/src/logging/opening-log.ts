import type { StoreEvent } from "@boxerdb/engine";

import { formatBytes } from "../cli/units.ts";

import type { Logger } from "./logger.ts";

export type OpeningEvent = Extract<StoreEvent, { readonly type: "opening" }>;

/** How long whoever has started a server is left without news. */
const newsIntervalMs = 2_000;

/**
 * Tells how far the opening of a large directory has come, every two seconds at level info. What takes
 * less is told at level debug.
 */
export class OpeningLog {
  readonly #log: Logger;
  readonly #monotonicMs: () => number;
  #toldMs: number;

  /** To be made when opening begins. @param monotonicMs milliseconds that only ever grow */
  constructor(log: Logger, monotonicMs: () => number) {
    this.#log = log;
    this.#monotonicMs = monotonicMs;
    this.#toldMs = monotonicMs();
  }

  tell(event: OpeningEvent): void {
    const { database, readBytes, totalBytes } = event;
    const nowMs = this.#monotonicMs();
    const isNews = nowMs - this.#toldMs >= newsIntervalMs;
    if (isNews) this.#toldMs = nowMs;
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * readBytes) / totalBytes);
    this.#log[isNews ? "info" : "debug"](
      event,
      `opening database ${database}: ${formatBytes(readBytes)} of ${formatBytes(totalBytes)} read (${percent} %)`,
    );
  }
}
