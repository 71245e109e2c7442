import type { IncomingMessage, ServerResponse } from "node:http";

import { getRequestListener, RequestError } from "@hono/node-server";

import type { Logger } from "../logging/logger.ts";

import type { AllowedHosts } from "./allowed-hosts.ts";
import type { ApiApp, ApiContext } from "./api-context.ts";
import { writeAnswer } from "./exchange/answer-writer.ts";
import type { Answer } from "./exchange/answer.ts";
import { NodeExchange } from "./exchange/node-exchange.ts";
import { toResponse } from "./exchange/web-exchange.ts";
import { HotRoutes } from "./hot-routes.ts";
import { Pipeline } from "./pipeline.ts";
import { problemAnswer } from "./problem.ts";
import { requestIdHeader, RequestIds } from "./request-id.ts";
import { targetOf } from "./request-target.ts";
import { runRoute } from "./route.ts";

/**
 * Runs the API on Node's HTTP server: gives each request its id, logs it at level debug, and asks
 * clients for no more on a connection once the server is closing. Requests to single keys go straight
 * to their handlers, all others by way of Hono.
 */
export class Listener {
  readonly #api: ApiContext;
  readonly #allowedHosts: AllowedHosts | undefined;
  readonly #hotRoutes: HotRoutes;
  readonly #listenByHono: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly #pipeline = new Pipeline();
  readonly #requestIds = new RequestIds();

  /** @param allowedHosts whom the `Host` header may name; undefined where that does not matter */
  constructor(app: ApiApp, api: ApiContext, allowedHosts: AllowedHosts | undefined) {
    this.#api = api;
    this.#allowedHosts = allowedHosts;
    this.#hotRoutes = new HotRoutes(api);
    this.#listenByHono = getRequestListener(app.fetch, {
      errorHandler: (error) => toResponse("GET", refusal(error, api.log)),
    });
  }

  /** Answers one request. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { log, isClosing } = this.#api;
    const id = this.#requestIds.of(incoming.headers);
    if (isClosing()) outgoing.setHeader("connection", "close");
    if (log.isLevelEnabled("debug")) logWhenDone(log, id, incoming, outgoing);
    const { host } = incoming.headers;
    if (
      this.#allowedHosts !== undefined &&
      host !== undefined &&
      !this.#allowedHosts.allows(host)
    ) {
      this.#write(outgoing, incoming.method ?? "", id, wrongHost(host));
      return;
    }
    this.#pipeline.enter(incoming, outgoing, () => this.#run(incoming, outgoing, id));
  }

  #run(incoming: IncomingMessage, outgoing: ServerResponse, id: string): void {
    const target = targetOf(incoming.url ?? "");
    const route = this.#hotRoutes.of(incoming, target.path);
    if (route === undefined) {
      outgoing.setHeader(requestIdHeader, id);
      void this.#listenByHono(incoming, outgoing);
      return;
    }
    const exchange = new NodeExchange(incoming, outgoing, target, id);
    const answer = runRoute(this.#api, route, exchange);
    if (answer instanceof Promise) {
      void answer.then((later) => this.#write(outgoing, exchange.method, id, later));
    } else this.#write(outgoing, exchange.method, id, answer);
  }

  #write(outgoing: ServerResponse, method: string, requestId: string, answer: Answer): void {
    writeAnswer(outgoing, method, answer, { [requestIdHeader]: requestId }, (error) => {
      this.#api.log.error({ err: error, requestId }, "an answer ended early");
    });
  }
}

const wrongHost = (host: string): Answer =>
  problemAnswer({
    code: "wrong_host",
    message:
      `"${host}" is not this server's name, so the request may come from a page of another site: ` +
      "name it by --advertise-url if it is yours",
  });

/** What did not come as far as the API: a target or a Host header that no URL can be made of. */
function refusal(error: unknown, log: Logger): Answer {
  if (error instanceof RequestError) {
    const message = `the request line or the Host header is not valid: ${error.message}`;
    return problemAnswer({ code: "invalid_request", message });
  }
  log.error({ err: error }, "a request failed outside the API");
  return problemAnswer({ code: "internal", message: "something went wrong in the server" });
}

function logWhenDone(
  log: Logger,
  requestId: string,
  { method, url }: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const startedMs = performance.now();
  outgoing.once("close", () => {
    const durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
    const { statusCode: status, writableFinished } = outgoing;
    const fields = { requestId, method, url, status, durationMs };
    log.debug(fields, writableFinished ? "request" : "request that the client gave up");
  });
}
