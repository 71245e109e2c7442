import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { UnhurriedBodies } from "../http/unhurried-bodies.ts";

/** How bodies are watched. */
export interface BodyDeadlinesOptions {
  /** For a whole request; of an unhurried one, without anything of it coming. In milliseconds. */
  readonly timeoutMs: number;
  readonly unhurried: UnhurriedBodies;
  /** Milliseconds that only ever grow. */
  readonly monotonicMs: () => number;
  /** Called once with the connection of a request that is late. */
  readonly onLate: (socket: Socket) => void;
}

/** The newest request of a connection, which is the only one that can still be arriving. */
interface Arrival {
  /** Undefined where it has arrived, or is not waited for any more. */
  incoming: IncomingMessage | undefined;
  /** Since when it is waited for; undefined before it is looked at. */
  sinceMs: number | undefined;
  /** What the connection had read by then. */
  readBytes: number;
}

/**
 * Sees to it that bodies arrive in time. Node.js knows one time for all of them, which would end every
 * long import. All that a request costs here is to be known as the newest of its connection.
 */
export class BodyDeadlines {
  readonly #options: BodyDeadlinesOptions;
  readonly #arrivals = new Map<Socket, Arrival>();

  constructor(options: BodyDeadlinesOptions) {
    this.#options = options;
  }

  /** A request has begun. */
  watch(incoming: IncomingMessage): void {
    const { socket } = incoming;
    const arrival = this.#arrivals.get(socket);
    if (arrival !== undefined) {
      arrival.incoming = incoming;
      arrival.sinceMs = undefined;
      return;
    }
    this.#arrivals.set(socket, { incoming, sinceMs: undefined, readBytes: 0 });
    socket.once("close", () => this.#arrivals.delete(socket));
  }

  /** Looks at all requests that are arriving. To be called every now and then. */
  check(): void {
    const nowMs = this.#options.monotonicMs();
    for (const [socket, arrival] of this.#arrivals) this.#checkOne(socket, arrival, nowMs);
  }

  #checkOne(socket: Socket, arrival: Arrival, nowMs: number): void {
    const { incoming, sinceMs } = arrival;
    if (incoming === undefined || incoming.complete) {
      arrival.incoming = undefined;
      return;
    }
    const { timeoutMs, unhurried, onLate } = this.#options;
    const isUnhurried = unhurried.has(incoming);
    if (sinceMs === undefined || (isUnhurried && comesOn(socket, incoming, arrival))) {
      arrival.sinceMs = nowMs;
      arrival.readBytes = socket.bytesRead;
      return;
    }
    if (nowMs - sinceMs < timeoutMs) return;
    arrival.incoming = undefined;
    if (isUnhurried) unhurried.giveUp(incoming);
    else onLate(socket);
  }
}

/** Whether more has come, or there is some that the server has not taken yet. */
const comesOn = (socket: Socket, incoming: IncomingMessage, { readBytes }: Arrival): boolean =>
  socket.bytesRead !== readBytes || incoming.readableLength > 0 || socket.isPaused();
