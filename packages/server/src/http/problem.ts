import type { Answer } from "./exchange/answer.ts";

/**
 * Every error that the API answers, by its stable code. A code keeps its meaning and its status; a
 * retired one is not given another.
 */
export const problems = {
  malformed_target: { status: 400, title: "The path or the query is not well percent-encoded" },
  malformed_encoding: { status: 400, title: "The body is not what its Content-Encoding says" },
  malformed_json: { status: 400, title: "The body is not JSON" },
  invalid_utf8: { status: 400, title: "The body is not UTF-8" },
  incomplete_body: { status: 400, title: "The body ended early" },
  invalid_body: { status: 400, title: "The body does not have the form that is wanted" },
  invalid_line: { status: 400, title: "A line of the import is not a document" },
  invalid_query: { status: 400, title: "A query parameter is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not one of this API" },
  invalid_header: { status: 400, title: "A header is not valid" },
  invalid_key: { status: 400, title: "The key is not valid" },
  invalid_name: { status: 400, title: "The name is not valid" },
  invalid_value: { status: 400, title: "The value cannot be stored" },
  invalid_request: { status: 400, title: "The request is not valid HTTP" },
  unauthorized: { status: 401, title: "A valid token is needed" },
  forbidden: { status: 403, title: "The token is not good for this" },
  other_site: { status: 403, title: "Pages of other sites may not ask for this" },
  not_leader: { status: 403, title: "This node does not take writes" },
  not_found: { status: 404, title: "There is no such key" },
  database_not_found: { status: 404, title: "There is no such database" },
  no_such_route: { status: 404, title: "There is nothing at this path" },
  method_not_allowed: { status: 405, title: "The method does not work here" },
  not_acceptable: { status: 406, title: "The value does not come in an acceptable form" },
  request_timeout: { status: 408, title: "The request did not arrive in time" },
  exists: { status: 409, title: "It exists already" },
  offset_ahead: { status: 409, title: "The log has not come as far as this offset" },
  offset_passed: { status: 409, title: "The database is no longer as it was at this offset" },
  offset_purged: { status: 410, title: "Deletions from this offset on are gone" },
  superseded: { status: 409, title: "Another request has taken over" },
  precondition_failed: { status: 412, title: "A condition did not hold" },
  wrong_host: { status: 421, title: "The Host header does not name this server" },
  too_large: { status: 413, title: "It is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  expectation_failed: { status: 417, title: "The expectation cannot be met" },
  too_many_requests: { status: 429, title: "Too many requests are under way" },
  idempotency_key_reused: { status: 422, title: "The idempotency key is that of another write" },
  headers_too_large: { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "An unexpected error" },
  corrupt: { status: 500, title: "The stored record is damaged" },
  starting: { status: 503, title: "The node is starting" },
  not_ready: { status: 503, title: "The node cannot do this now" },
  no_leader: { status: 503, title: "No node leads the database at the moment" },
  not_enough_replicas: { status: 503, title: "Too few replicas can take the write" },
  catching_up: { status: 503, title: "The copy on this node is catching up" },
  offset_not_reached: { status: 503, title: "The offset has not come to this node in time" },
  poisoned: { status: 503, title: "The database takes no writes since one failed" },
  disk_full: { status: 503, title: "The disk is full" },
  outcome_unknown: { status: 504, title: "It is not known whether the write was done" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** The stable name of a kind of error. */
export type ProblemCode = keyof typeof problems;

const isProblemCode = (name: string): name is ProblemCode => Object.hasOwn(problems, name);

/** All codes, by status. */
export const problemCodes: readonly ProblemCode[] = Object.keys(problems).filter(isProblemCode);

/** An error as RFC 9457 wants it told, before it is put into a response. */
export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  /** What a program may want to know beside the code. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a request with a problem. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options);
    this.name = new.target.name;
    this.problem = problem;
  }
}

/** The HTTP status of a problem. */
export const statusOf = (problem: Problem): number => problems[problem.code].status;

/** The `application/problem+json` text of a problem. */
export function problemText(problem: Problem): string {
  const { status, title } = problems[problem.code];
  return JSON.stringify({
    type: `urn:boxerdb:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    message: problem.message,
    ...problem.members,
  });
}

/** The headers that go with `problemText`. */
export const problemHeaders = (problem: Problem): Record<string, string> => ({
  "content-type": "application/problem+json",
  ...problem.headers,
});

/** The answer that tells a problem. */
export const problemAnswer = (problem: Problem): Answer => ({
  status: statusOf(problem),
  headers: problemHeaders(problem),
  body: problemText(problem),
});
