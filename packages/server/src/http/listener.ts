import { ServerResponse, type IncomingMessage } from "node:http";

import {
  getRequestListener,
  RequestError,
  type Http2Bindings,
  type HttpBindings,
} from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

import type { Logger } from "../logging/logger.ts";

import type { AllowedHosts } from "./allowed-hosts.ts";
import type { ApiApp, ApiContext } from "./api-context.ts";
import { originHeaders } from "./cors.ts";
import { writeAnswer } from "./exchange/answer-writer.ts";
import type { Answer } from "./exchange/answer.ts";
import { NodeExchange } from "./exchange/node-exchange.ts";
import { toResponse } from "./exchange/web-exchange.ts";
import { HotRoutes } from "./hot-routes.ts";
import { problemAnswer, statusOf, type Problem } from "./problem.ts";
import { requestIdHeader, RequestIds } from "./request-id.ts";
import { targetOf } from "./request-target.ts";
import { runRoute } from "./route.ts";
import { shortBytes } from "./transfer-memory.ts";

/**
 * Runs the API on Node's HTTP server: gives each request its id, and asks clients for no more on a
 * connection once the server is closing. Requests to single keys go straight to their handlers, all
 * others by way of Hono.
 */
export class Listener {
  readonly #api: ApiContext;
  readonly #allowedHosts: AllowedHosts | undefined;
  readonly #hotRoutes: HotRoutes;
  readonly #app: ApiApp;
  readonly #listenByHono: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly #requestIds = new RequestIds();

  /** @param allowedHosts whom the `Host` header may name; undefined where that does not matter */
  constructor(app: ApiApp, api: ApiContext, allowedHosts: AllowedHosts | undefined) {
    this.#api = api;
    this.#allowedHosts = allowedHosts;
    this.#hotRoutes = new HotRoutes(api);
    this.#app = app;
    this.#listenByHono = getRequestListener((request, bindings) => this.#fetch(request, bindings), {
      // Of HTTP/1.0, which need not name one; the checks of some load balancers do not.
      hostname: "localhost",
      errorHandler: (error) => toResponse("GET", refusal(error, api)),
    });
  }

  /** Answers one request. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { log, isClosing } = this.#api;
    const id = this.#requestIds.of(incoming.headers);
    if (isClosing()) outgoing.setHeader("connection", "close");
    if (log.isLevelEnabled("debug")) logWhenGivenUp(log, id, outgoing);
    const problem = problemOfFraming(incoming) ?? this.#problemOfHost(incoming);
    if (problem !== undefined) this.#refuse(incoming, outgoing, id, problem);
    else this.#run(incoming, outgoing, id);
  }

  #run(incoming: IncomingMessage, outgoing: ServerResponse, id: string): void {
    const target = targetOf(incoming.url ?? "");
    const { slots, transfers } = this.#api;
    // Who asks how the node is gets an answer also, and above all, when it has too much to do. So does a
    // browser that asks whether a page may ask: told to come again, it would tell the page nothing.
    if (slots.isFull && target.path.startsWith("/api/") && incoming.method !== "OPTIONS") {
      this.#refuse(incoming, outgoing, id, tooManyRequests(slots.limit));
      return;
    }
    const route = this.#hotRoutes.of(incoming, target.path);
    if (route === undefined) {
      slots.takeUntilClosed(outgoing);
      outgoing.setHeader(requestIdHeader, id);
      void this.#listenByHono(incoming, outgoing).then(() => transfers.holdUnsent(outgoing));
      return;
    }
    const exchange = new NodeExchange(incoming, outgoing, target, id);
    const answer = runRoute(this.#api, route, exchange);
    if (answer instanceof Promise) {
      slots.takeUntilClosed(outgoing);
      void answer.then((later) => this.#write(outgoing, exchange.method, id, later));
    } else this.#write(outgoing, exchange.method, id, answer);
  }

  /**
   * Asks Hono. A body that comes over time is written here: of one that breaks off, Hono's adapter would
   * tell on the console.
   */
  async #fetch(request: Request, bindings: HttpBindings | Http2Bindings): Promise<Response> {
    if (!isHttp1(bindings)) throw new TypeError("HTTP/2 is not spoken here");
    const later: AsyncIterable<Uint8Array>[] = [];
    const sendLater = (parts: AsyncIterable<Uint8Array>): void => void later.push(parts);
    const response = await this.#app.fetch(request, { ...bindings, sendLater });
    const [body] = later;
    if (body === undefined) return response;
    const { outgoing } = bindings;
    const headers = Object.fromEntries(response.headers);
    const id = String(outgoing.getHeader(requestIdHeader));
    this.#write(outgoing, request.method, id, { status: response.status, headers, body });
    return RESPONSE_ALREADY_SENT;
  }

  #write(outgoing: ServerResponse, method: string, requestId: string, answer: Answer): void {
    writeAnswer(outgoing, method, answer, { [requestIdHeader]: requestId }, (error) => {
      const { url } = outgoing.req;
      const fields = { err: error, requestId, method, url };
      this.#api.log.error(fields, "an answer was cut off: it could not go on");
    });
    const { body } = answer;
    // Not asked of every short answer, as most are.
    if (body instanceof Uint8Array || (typeof body === "string" && body.length > shortBytes / 4)) {
      this.#api.transfers.holdUnsent(outgoing);
    }
  }

  #problemOfHost({ headers: { host }, httpVersion }: IncomingMessage): Problem | undefined {
    if (host === undefined) return httpVersion === "1.1" ? missingHost : undefined;
    return this.#allowedHosts === undefined || this.#allowedHosts.allows(host)
      ? undefined
      : wrongHost(host);
  }

  #refuse(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
    problem: Problem,
  ): void {
    const { refusals, log, corsOrigins } = this.#api;
    const { method = "", url, headers } = incoming;
    refusals.count(problem.code);
    log.debug({ requestId, method, url, status: statusOf(problem), code: problem.code }, "refused");
    const answer = problemAnswer(problem);
    const forPages = originHeaders(corsOrigins, headers.origin);
    const told = { ...answer, headers: { ...answer.headers, ...forPages } };
    this.#write(outgoing, method, requestId, told);
  }
}

const isHttp1 = (bindings: HttpBindings | Http2Bindings): bindings is HttpBindings =>
  bindings.outgoing instanceof ServerResponse;

/**
 * A server and what stands before it must agree where a request ends and whom it is for: what can be
 * read in two ways is refused, although Node.js would take it (RFC 9112, 3.2 and 6.1).
 */
function problemOfFraming({
  headers,
  httpVersion,
  rawHeaders,
}: IncomingMessage): Problem | undefined {
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || httpVersion === "1.0")) {
    return doubtfulCoding;
  }
  return isNamedTwice(rawHeaders, "host") ? severalHosts : undefined;
}

/** Whether a header comes more than once. `rawHeaders`: names and values in turn. */
function isNamedTwice(rawHeaders: readonly string[], name: string): boolean {
  let isNamed = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index];
    if (given?.length !== name.length || given.toLowerCase() !== name) continue;
    if (isNamed) return true;
    isNamed = true;
  }
  return false;
}

const doubtfulCoding: Problem = {
  code: "invalid_request",
  message: "the only Transfer-Encoding that is read here is chunked, in HTTP/1.1",
  headers: { connection: "close" },
};

const severalHosts: Problem = {
  code: "invalid_request",
  message: "a request has one Host header, and this one has several",
  headers: { connection: "close" },
};

const missingHost: Problem = {
  code: "invalid_request",
  message: "a request of HTTP/1.1 has a Host header: send one, such as Host: localhost",
  headers: { connection: "close" },
};

const wrongHost = (host: string): Problem => ({
  code: "wrong_host",
  message:
    `"${host}" is not this server's name, so the request may come from a page of another site: ` +
    "name it by --advertise-url if it is yours",
});

const tooManyRequests = (limit: number): Problem => ({
  code: "too_many_requests",
  message: `${limit} requests are under way, the most that may be at a time: try again soon`,
  members: { limit },
  headers: { "retry-after": "1" },
});

/** What did not come as far as the API: a target or a Host header that no URL can be made of. */
function refusal(error: unknown, { log, refusals }: ApiContext): Answer {
  const problem = problemOutsideOfApi(error);
  refusals.count(problem.code);
  if (problem.code === "internal") log.error({ err: error }, "a request failed outside the API");
  return problemAnswer(problem);
}

const problemOutsideOfApi = (error: unknown): Problem =>
  error instanceof RequestError
    ? {
        code: "invalid_request",
        message: `the request line or the Host header is not valid: ${error.message}`,
      }
    : { code: "internal", message: "something went wrong in the server" };

/** What came of a request is logged when it is answered: this is for clients that did not wait for it. */
function logWhenGivenUp(log: Logger, requestId: string, outgoing: ServerResponse): void {
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) log.debug({ requestId }, "the client gave up the request");
  });
}
