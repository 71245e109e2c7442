import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Answers the requests of one connection one after the other. Node.js hands over pipelined requests as
 * they arrive, and a write must not be overtaken by what the client sent after it (RFC 9112, 9.3.2).
 */
export class Pipeline {
  readonly #lastAnswers = new WeakMap<Socket, ServerResponse>();

  /** Calls `begin` when the request before on the same connection has been answered. */
  enter(incoming: IncomingMessage, outgoing: ServerResponse, begin: () => void): void {
    const { socket } = incoming;
    const before = this.#lastAnswers.get(socket);
    this.#lastAnswers.set(socket, outgoing);
    if (before === undefined || before.writableFinished || before.destroyed) begin();
    else before.once("close", begin);
  }
}
