import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** More than any client that means well sends ahead of the answers. */
const maxWaiting = 1_000;

/** The requests of one connection. */
interface Connection {
  /** The last answer that is owed. */
  last: ServerResponse;
  /** How many requests wait for the answers before theirs. Invariant: 0 ≤ waiting ≤ maxWaiting. */
  waiting: number;
}

/**
 * Answers the requests of one connection one after the other. Node.js hands over pipelined requests as
 * they arrive, and a write must not be overtaken by what the client sent after it (RFC 9112, 9.3.2).
 */
export class Pipeline {
  readonly #connections = new WeakMap<Socket, Connection>();

  /**
   * Calls `begin` when the request before on the same connection has been answered. Returns false where
   * too many wait for that already: it is not kept in mind then, and the connection is to be cut.
   */
  enter(incoming: IncomingMessage, outgoing: ServerResponse, begin: () => void): boolean {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) {
      this.#connections.set(incoming.socket, { last: outgoing, waiting: 0 });
      begin();
      return true;
    }
    if (connection.waiting >= maxWaiting) return false;
    const before = connection.last;
    connection.last = outgoing;
    if (before.writableFinished || before.destroyed) begin();
    else {
      connection.waiting++;
      before.once("close", () => {
        connection.waiting--;
        begin();
      });
    }
    return true;
  }
}
