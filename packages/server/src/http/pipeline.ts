import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** More than any client that means well sends ahead of the answers. */
const maxWaiting = 1_000;

/** The requests of one connection. */
interface Connection {
  /** The newest request. */
  incoming: IncomingMessage;
  /** Its answer, the last that is owed. */
  last: ServerResponse;
  /** The answer before that; undefined where there was none. */
  beforeLast: ServerResponse | undefined;
  /** How many requests wait for the answers before theirs. Invariant: 0 ≤ waiting ≤ maxWaiting. */
  waiting: number;
  /** Whether what came after the newest request is refused, as it is none: nothing later can be read. */
  isRefused: boolean;
}

/**
 * Answers the requests of one connection one after the other. Node.js hands over pipelined requests as
 * they arrive, and a write must not be overtaken by what the client sent after it (RFC 9112, 9.3.2).
 */
export class Pipeline {
  readonly #connections = new WeakMap<Duplex, Connection>();

  /**
   * Calls `begin` when the request before on the same connection has been answered. Returns false where
   * too many wait for that already: it is not kept in mind then, and the connection is to be cut.
   */
  enter(incoming: IncomingMessage, outgoing: ServerResponse, begin: () => void): boolean {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) {
      const first = {
        incoming,
        last: outgoing,
        beforeLast: undefined,
        waiting: 0,
        isRefused: false,
      };
      this.#connections.set(incoming.socket, first);
      begin();
      return true;
    }
    if (connection.waiting >= maxWaiting) return false;
    const before = connection.last;
    connection.incoming = incoming;
    connection.last = outgoing;
    connection.beforeLast = before;
    if (isOver(before)) begin();
    else {
      connection.waiting++;
      before.once("close", () => {
        connection.waiting--;
        begin();
      });
    }
    return true;
  }

  /**
   * Calls back when it is the turn of what came on a connection and is no request, or not a whole one:
   * everything before it has been answered. `isAnswered` tells that the request which broke off has its
   * answer already. Node.js tells again of each part that comes after what it could not read: only the
   * first is called back for.
   */
  refuseInTurn(socket: Duplex, refuse: (isAnswered: boolean) => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      refuse(false);
      return;
    }
    if (connection.isRefused) return;
    connection.isRefused = true;
    const { incoming, last, beforeLast } = connection;
    const before = incoming.complete ? last : beforeLast;
    const inTurn = (): void => refuse(!incoming.complete && last.headersSent);
    if (before === undefined || isOver(before)) inTurn();
    else before.once("close", inTurn);
  }
}

const isOver = (outgoing: ServerResponse): boolean =>
  outgoing.writableFinished || outgoing.destroyed;
