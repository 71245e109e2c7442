import type { SimulatedTime } from "../time/simulated-time.ts";

/** How long TCP waits before it sends again what was not confirmed: at first, and at most. */
const retransmissionMs = { first: 200, most: 5_000 };

export interface LaneOptions {
  readonly time: SimulatedTime;
  /** Whether nothing gets through now. */
  readonly isBlocked: () => boolean;
}

/** One direction of a connection: what is sent arrives late, in order, and once, or never. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #underway: { readonly dueMs: number; readonly arrive: () => void }[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** `arrive` is called after `delayMs`; later where something was sent before that is on its way yet. */
  send(delayMs: number, arrive: () => void): void {
    const dueMs = this.#options.time.nowMs + delayMs;
    this.#underway.push({ dueMs, arrive });
    if (this.#underway.length === 1) this.#schedule(dueMs, retransmissionMs.first);
  }

  #schedule(atMs: number, retryMs: number): void {
    this.#options.time.at(atMs, () => {
      if (this.#options.isBlocked()) {
        const laterMs = Math.min(retryMs * 2, retransmissionMs.most);
        this.#schedule(this.#options.time.nowMs + retryMs, laterMs);
        return;
      }
      this.#underway.shift()?.arrive();
      const next = this.#underway[0];
      if (next !== undefined) this.#schedule(next.dueMs, retransmissionMs.first);
    });
  }
}
