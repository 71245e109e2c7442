import { createServer, type RequestListener, type Server } from "node:http";

import { answerClientError } from "../http/client-error.ts";

/** How long clients may take, in milliseconds. */
export interface HttpTimeouts {
  /** For the request line and the headers. Default: 15 s. */
  readonly headersTimeoutMs?: number;
  /** For the whole request. Default: 5 min, which a slow line needs for a large batch. */
  readonly requestTimeoutMs?: number;
  /** Between requests on one connection. Default: 65 s; most load balancers give up after 60 s. */
  readonly keepAliveTimeoutMs?: number;
  /** How often these are looked after. Default: 5 s. */
  readonly checkIntervalMs?: number;
}

/** How often a closing server looks for connections that have become idle. */
const idleCheckIntervalMs = 20;

/** A port that is listened on. What answers the requests can be replaced while it is. */
export class HttpServer {
  readonly #server: Server;
  #listener: RequestListener;

  /** @param listener answers the requests until `handOver` */
  constructor(listener: RequestListener, timeouts: HttpTimeouts = {}) {
    this.#listener = listener;
    this.#server = createServer(
      {
        headersTimeout: timeouts.headersTimeoutMs ?? 15_000,
        requestTimeout: timeouts.requestTimeoutMs ?? 300_000,
        keepAliveTimeout: timeouts.keepAliveTimeoutMs ?? 65_000,
        connectionsCheckingInterval: timeouts.checkIntervalMs ?? 5_000,
      },
      (incoming, outgoing) => this.#listener(incoming, outgoing),
    );
    this.#server.on("clientError", answerClientError);
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

  /** Lets another listener answer from the next request on. */
  handOver(listener: RequestListener): void {
    this.#listener = listener;
  }

  /**
   * Stops listening, lets the requests under way finish for at most `graceMs`, then cuts them off.
   * Resolves to whether all could finish.
   */
  async close(graceMs: number): Promise<boolean> {
    if (!this.#server.listening) return true;
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
    clearTimeout(deadline);
    return finished;
  }
}
