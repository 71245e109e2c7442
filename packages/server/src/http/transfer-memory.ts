import { formatByteSize } from "../config/byte-size.ts";

import { ProblemError, type Problem } from "./problem.ts";

/** What is as short as this is not counted: the number of requests bounds it well enough. */
export const shortBytes = 64 * 1024;

/**
 * How much memory bodies that are still arriving and answers that are not taken yet may have together.
 * Whoever sends or reads slowly fills it; what is short then still comes through.
 */
export class TransferMemory {
  readonly limitBytes: number;
  #heldBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether so many bytes more can be held. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= shortBytes || this.#heldBytes + bytes <= this.limitBytes;
  }

  /** Holds bytes until they are released. Throws ProblemError (too_many_requests) where there is no room. */
  hold(bytes: number): void {
    if (this.#heldBytes + bytes > this.limitBytes) throw new ProblemError(this.fullProblem());
    this.#heldBytes += bytes;
  }

  /** Lets go of bytes that were held. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /** Holds what an answer has not sent yet, until it has, or the client is gone. */
  holdUnsent(outgoing: { readonly writableLength: number; once: OnceClosed }): void {
    const bytes = outgoing.writableLength;
    if (bytes <= shortBytes) return;
    this.#heldBytes += bytes;
    outgoing.once("close", () => this.release(bytes));
  }

  /** What is answered where there is no room. */
  fullProblem(): Problem {
    const limit = this.limitBytes;
    return {
      code: "too_many_requests",
      message:
        `large bodies and answers on their way take ${formatByteSize(limit)}, the most that they may ` +
        "have together: try again soon",
      members: { limit, unit: "bytes" },
      headers: { "retry-after": "1" },
    };
  }
}

type OnceClosed = (event: "close", listener: () => void) => unknown;
