import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import type { TlsIdentity } from "../access/tls-identity.ts";
import {
  answerClientError,
  answerUnmetExpectation,
  isGone,
  LateRequest,
} from "../http/client-error.ts";
import { Pipeline } from "../http/pipeline.ts";
import { RefusalCounts } from "../http/refusal-counts.ts";
import { UnhurriedBodies } from "../http/unhurried-bodies.ts";

import { BodyDeadlines } from "./body-deadlines.ts";

/** How long clients may take, in milliseconds. */
export interface HttpTimeouts {
  /** For the request line and the headers, and for the handshake of TLS. Default: 15 s. */
  readonly headersTimeoutMs?: number;
  /**
   * For the whole request; of an unhurried body, between two parts of it. Default: 5 min, which a slow line
   * needs for a large batch.
   */
  readonly requestTimeoutMs?: number;
  /** Between requests on one connection. Default: 65 s; most load balancers give up after 60 s. */
  readonly keepAliveTimeoutMs?: number;
  /** For taking the next part of an answer, whatever its length. Default: 30 s. */
  readonly answerTimeoutMs?: number;
  /** How often requests are looked after. Default: 5 s. */
  readonly checkIntervalMs?: number;
}

/** How a port is listened on. */
export interface HttpServerOptions extends HttpTimeouts {
  /** Connections beyond it are closed at once. Default: as many as the system lets have. */
  readonly maxConnections?: number;
  /** After so many requests a client is told to close its connection; more get 503. Default: 0, never. */
  readonly connectionRequests?: number;
  /** Given, TLS is spoken. */
  readonly identity?: TlsIdentity | undefined;
  /** Where refused requests and cut connections are counted. */
  readonly refusals?: RefusalCounts;
  /** Whose bodies may take longer than a request may. Default: nobody's. */
  readonly unhurried?: UnhurriedBodies;
}

/** How often a closing server looks for connections that have become idle. */
const idleCheckIntervalMs = 20;

/** What Node.js adds to the time between requests, for answers that cross the next request. */
const keepAliveBufferMs = 1_000;

/** A port that is listened on. What answers the requests can be replaced while it is. */
export class HttpServer {
  readonly #server: Server | TlsServer;
  /** The same server, where it speaks TLS. */
  readonly #tlsServer: TlsServer | undefined;
  readonly #refusals: RefusalCounts;
  /** What a connection's timeout is between requests. Invariant: never what it is within one. */
  readonly #idleTimeoutMs: number;
  readonly #pipeline = new Pipeline();
  readonly #bodies: BodyDeadlines;
  readonly #bodyCheck: NodeJS.Timeout;
  #listener: RequestListener;

  /** @param listener answers the requests until `handOver` */
  constructor(listener: RequestListener, options: HttpServerOptions = {}) {
    const { maxConnections, identity } = options;
    const requestTimeout = options.requestTimeoutMs ?? 300_000;
    // They are a part of the request.
    const headersTimeout = Math.min(options.headersTimeoutMs ?? 15_000, requestTimeout);
    const keepAliveTimeout = options.keepAliveTimeoutMs ?? 65_000;
    this.#listener = listener;
    this.#refusals = options.refusals ?? new RefusalCounts();
    this.#idleTimeoutMs = keepAliveTimeout + keepAliveBufferMs;
    const checkIntervalMs = options.checkIntervalMs ?? 5_000;
    this.#bodies = new BodyDeadlines({
      timeoutMs: requestTimeout,
      unhurried: options.unhurried ?? new UnhurriedBodies(),
      monotonicMs: () => performance.now(),
      onLate: (socket) => this.#refuse(new LateRequest(), socket),
    });
    this.#bodyCheck = setInterval(() => this.#bodies.check(), checkIntervalMs).unref();
    const settings = {
      headersTimeout,
      // See BodyDeadlines.
      requestTimeout: 0,
      keepAliveTimeout,
      keepAliveTimeoutBuffer: keepAliveBufferMs,
      connectionsCheckingInterval: checkIntervalMs,
      // The listener answers a missing Host itself, with a body that says what is wrong.
      requireHostHeader: false,
    };
    const listen: RequestListener = (incoming, outgoing) => {
      this.#bodies.watch(incoming);
      const begin = (): void => this.#begin(incoming, outgoing);
      if (!this.#pipeline.enter(incoming, outgoing, begin)) this.#cut(incoming.socket);
    };
    this.#tlsServer =
      identity === undefined
        ? undefined
        : createTlsServer(
            { ...settings, ...pairOf(identity), handshakeTimeout: headersTimeout },
            listen,
          );
    this.#server = this.#tlsServer ?? createServer(settings, listen);
    if (maxConnections !== undefined) this.#server.maxConnections = maxConnections;
    this.#server.maxRequestsPerSocket = options.connectionRequests ?? 0;
    const answerTimeoutMs = options.answerTimeoutMs ?? 30_000;
    this.#server.setTimeout(
      answerTimeoutMs === this.#idleTimeoutMs ? answerTimeoutMs + 1 : answerTimeoutMs,
      (socket) => this.#judgeQuietConnection(socket),
    );
    this.#watch();
  }

  /** Resolves to the port that is listened on. Rejects with Node's error where it cannot be. */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once("error", reject);
    this.#server.listen({ host, port }, () => resolve(undefined));
    await promise;
    this.#server.off("error", reject);
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** Calls back with each connection that is accepted from now on. */
  watchConnections(listener: (socket: Socket) => void): void {
    this.#server.on("connection", listener);
  }

  /** Calls back with what goes wrong with the port while it is listened on. Unheard, it ends the process. */
  watchErrors(listener: (error: Error) => void): void {
    this.#server.on("error", listener);
  }

  /** Lets another listener answer from the next request on. */
  handOver(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** Shows this identity to whoever connects from now on. Without effect where TLS is not spoken. */
  renewIdentity(identity: TlsIdentity): void {
    this.#tlsServer?.setSecureContext(pairOf(identity));
  }

  /**
   * Stops listening, lets the requests under way finish for at most `graceMs`, then cuts them off.
   * Resolves to whether all could finish.
   */
  async close(graceMs: number): Promise<boolean> {
    if (!this.#server.listening) {
      clearInterval(this.#bodyCheck);
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#server.close(() => resolve(undefined));
    // A connection that was busy at the call of close() stays open when its answer is out.
    const idle = setInterval(() => this.#server.closeIdleConnections(), idleCheckIntervalMs);
    let finished = true;
    const deadline = setTimeout(() => {
      finished = false;
      this.#server.closeAllConnections();
    }, graceMs);
    await promise;
    clearInterval(idle);
    clearInterval(this.#bodyCheck);
    clearTimeout(deadline);
    return finished;
  }

  #begin(incoming: IncomingMessage, outgoing: ServerResponse): void {
    // A client that is gone hears no answer, and its turn may have come all the same.
    if (!incoming.socket.destroyed) this.#listener(incoming, outgoing);
  }

  /** Of a connection that is cut, requests may still be handed over that had arrived by then. */
  #cut(socket: Socket): void {
    if (socket.destroyed) return;
    this.#refusals.count("pipeline_too_long");
    socket.destroy();
  }

  /** Answers what does not come as far as the listener, and counts it. */
  #watch(): void {
    const refusals = this.#refusals;
    this.#server.on("clientError", (error, socket) => this.#refuse(error, socket));
    this.#server.on("checkExpectation", (incoming, outgoing) => {
      refusals.count(answerUnmetExpectation(incoming, outgoing));
    });
    this.#server.on("drop", () => refusals.count("too_many_connections"));
    this.#server.on("dropRequest", () => refusals.count("connection_used_up"));
    this.#tlsServer?.on("tlsClientError", () => refusals.count("tls_handshake_failed"));
  }

  /** Answers what is no request, or not a whole one, when its turn comes. */
  #refuse(error: Error, socket: Duplex): void {
    if (isGone(error, socket)) {
      socket.destroy();
      return;
    }
    this.#pipeline.refuseInTurn(socket, (isAnswered) => {
      // What follows an answer would be taken for the answer to another request.
      if (isAnswered) socket.end();
      else this.#refusals.count(answerClientError(error, socket));
    });
  }

  /**
   * Nothing has moved on a connection for the time that it has. Within a request that is fine as long
   * as the client is not what is waited for: a feed may have no news.
   */
  #judgeQuietConnection(socket: Socket): void {
    if (socket.timeout === this.#idleTimeoutMs) {
      socket.destroy();
    } else if (socket.writableLength > 0) {
      this.#refusals.count("answer_timeout");
      socket.destroy();
    }
  }
}

const pairOf = ({ cert, key }: TlsIdentity): TlsIdentity => ({ cert, key });
