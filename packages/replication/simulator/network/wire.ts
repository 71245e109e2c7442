import type { SimulatedProcess } from "../time/simulated-process.ts";

/** A request as it is on the wire: nothing in it is shared with the one who sent it. */
export interface WireRequest {
  readonly path: string;
  /** JSON. */
  readonly text: string;
}

export interface WireAnswer {
  /** As of HTTP. */
  readonly status: number;
  /** JSON. */
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * Answers a request. `connection` is aborted when the connection by which it came is closed, as far as
 * this end has heard of it. Must not reject.
 */
export type Responder = (request: WireRequest, connection: AbortSignal) => Promise<WireAnswer>;

/** Who answers at an address. */
export interface Listener {
  readonly owner: SimulatedProcess;
  readonly respond: Responder;
}

/** Why a call came to nothing. */
export class ConnectionError extends Error {
  /** Whether the request may have come to the other end, or may come there yet. */
  readonly mayBeDone: boolean;

  constructor(message: string, mayBeDone: boolean) {
    super(message);
    this.name = new.target.name;
    this.mayBeDone = mayBeDone;
  }
}
