import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";

/** How long nothing more is said of requests after one was. A follower that is refused tries on. */
const quietMs = 10_000;

/** Says in the log that requests were refused which no follower of this cluster sends; not of each. */
export class RefusalLog {
  readonly #log: NodeLog;
  readonly #clock: NodeClock;
  #lastMs: number | undefined;
  /** Requests that were refused since, of which nothing was said. */
  #unsaid = 0;

  constructor(log: NodeLog, clock: NodeClock) {
    this.#log = log;
    this.#clock = clock;
  }

  note(context: Context<{ Bindings: HttpBindings }>, reason: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#lastMs !== undefined && nowMs - this.#lastMs < quietMs) {
      this.#unsaid++;
      return;
    }
    const { remoteAddress } = context.env.incoming.socket;
    const fields = { remoteAddress, path: context.req.path, reason, unsaid: this.#unsaid };
    this.#log.warn(fields, "refused a request on the peer port");
    this.#lastMs = nowMs;
    this.#unsaid = 0;
  }
}
