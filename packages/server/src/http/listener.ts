import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

import { getRequestListener, RequestError } from "@hono/node-server";

import type { Logger } from "../logging/logger.ts";

import type { AllowedHosts } from "./allowed-hosts.ts";
import type { ApiApp } from "./api-context.ts";
import { Pipeline } from "./pipeline.ts";
import { problemHeaders, problemResponse, problemText, statusOf, type Problem } from "./problem.ts";

const requestIdHeader = "x-request-id";

/**
 * Runs the API on Node's HTTP server: gives each request its id, logs it at level debug, and asks
 * clients for no more on a connection once the server is closing.
 *
 * @param allowedHosts whom the `Host` header may name; undefined where that does not matter
 */
export function createListener(
  app: ApiApp,
  log: Logger,
  isClosing: () => boolean,
  allowedHosts: AllowedHosts | undefined,
): RequestListener {
  const pipeline = new Pipeline();
  const listen = getRequestListener(app.fetch, { errorHandler: (error) => refuse(error, log) });
  return (incoming, outgoing) => {
    const id = requestIdOf(incoming);
    outgoing.setHeader(requestIdHeader, id);
    if (isClosing()) outgoing.setHeader("connection", "close");
    if (log.isLevelEnabled("debug")) logWhenDone(log, id, incoming, outgoing);
    const { host } = incoming.headers;
    if (allowedHosts !== undefined && host !== undefined && !allowedHosts.allows(host)) {
      refuseHost(outgoing, host);
      return;
    }
    pipeline.enter(incoming, outgoing, () => void listen(incoming, outgoing));
  };
}

/** The id that the client gave, if it is one that can stand in a log, else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[requestIdHeader];
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

function refuseHost(outgoing: ServerResponse, host: string): void {
  const problem: Problem = {
    code: "wrong_host",
    message:
      `"${host}" is not this server's name, so the request may come from a page of another site: ` +
      "name it by --advertise-url if it is yours",
  };
  const text = problemText(problem);
  const headers = { ...problemHeaders(problem), "content-length": Buffer.byteLength(text) };
  outgoing.writeHead(statusOf(problem), headers).end(text);
}

/** What did not come as far as the API: a target or a Host header that no URL can be made of. */
function refuse(error: unknown, log: Logger): Response {
  if (error instanceof RequestError) {
    const message = `the request line or the Host header is not valid: ${error.message}`;
    return problemResponse({ code: "invalid_request", message });
  }
  log.error({ err: error }, "a request failed outside the API");
  return problemResponse({ code: "internal", message: "something went wrong in the server" });
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
