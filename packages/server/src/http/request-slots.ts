import type { ServerResponse } from "node:http";

/**
 * How many requests may be under way at a time, as what each of them holds in memory adds up. A request
 * that is answered in the turn in which it came takes no slot.
 */
export class RequestSlots {
  /** At least 1. */
  readonly limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many are under way; those that are let in regardless may exceed the limit. */
  get taken(): number {
    return this.#taken;
  }

  get isFull(): boolean {
    return this.#taken >= this.limit;
  }

  /** Takes a slot until the answer is out, or the client gone. */
  takeUntilClosed(outgoing: Pick<ServerResponse, "once">): void {
    this.#taken++;
    outgoing.once("close", () => {
      this.#taken--;
    });
  }
}
