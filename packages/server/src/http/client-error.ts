import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { writeAnswer } from "./exchange/answer-writer.ts";
import {
  problemAnswer,
  problemHeaders,
  problemText,
  statusOf,
  type Problem,
  type ProblemCode,
} from "./problem.ts";

/** A request has not arrived in time. Named as Node.js names headers that have not. */
export class LateRequest extends Error {
  readonly code = "ERR_HTTP_REQUEST_TIMEOUT";
}

/**
 * Answers what is not HTTP, or came too slowly, and closes the connection. There is no request yet to
 * respond to, so that the answer is written to the socket itself. Returns what was answered.
 */
export function answerClientError(error: Error, socket: Duplex): ProblemCode {
  const problem = clientProblem(codeOf(error), error.message);
  const status = statusOf(problem);
  const body = problemText(problem);
  const headers = {
    ...problemHeaders(problem),
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  return problem.code;
}

/** Whether nobody is left to hear an answer, or nobody can: before TLS is agreed on, it would never be sent. */
export const isGone = (error: Error, socket: Duplex): boolean =>
  ["ECONNRESET", "ERR_TLS_HANDSHAKE_TIMEOUT"].includes(String(codeOf(error))) || !socket.writable;

const codeOf = (error: Error): unknown => ("code" in error ? error.code : undefined);

/** Refuses a request with an `Expect` that is not `100-continue`. Returns what was answered. */
export function answerUnmetExpectation(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): ProblemCode {
  const problem: Problem = {
    code: "expectation_failed",
    message: `"${incoming.headers.expect}" cannot be expected here, only 100-continue: leave it out`,
    // What is left of the body is not worth waiting for.
    headers: { connection: "close" },
  };
  writeAnswer(outgoing, incoming.method ?? "", problemAnswer(problem));
  return problem.code;
}

function clientProblem(code: unknown, message: string): Problem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { code: "headers_too_large", message: "the request line and headers are too large" };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { code: "request_timeout", message: "the request did not arrive in time" };
    case "HPE_INVALID_URL":
      return {
        code: "malformed_target",
        message: "the path or the query holds bytes that must be percent-encoded, as é is %C3%A9",
      };
    default:
      return { code: "invalid_request", message: `the request is not valid HTTP: ${message}` };
  }
}
