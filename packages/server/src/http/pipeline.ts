import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Answers the requests of one connection one after the other. Node.js hands over pipelined requests as
 * they arrive, and a write must not be overtaken by what the client sent after it (RFC 9112, 9.3.2).
 */
export class Pipeline {
  /** The last answer that is owed on each connection; one object a connection, made once. */
  readonly #connections = new WeakMap<Socket, { last: ServerResponse }>();

  /** Calls `begin` when the request before on the same connection has been answered. */
  enter(incoming: IncomingMessage, outgoing: ServerResponse, begin: () => void): void {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) {
      this.#connections.set(incoming.socket, { last: outgoing });
      begin();
      return;
    }
    const before = connection.last;
    connection.last = outgoing;
    if (before.writableFinished || before.destroyed) begin();
    else before.once("close", begin);
  }
}
