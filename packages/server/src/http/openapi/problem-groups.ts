import type { ProblemCode } from "../problem.ts";

/** What any request can end in, whatever it asks for. */
export const everyRequest = [
  "malformed_target",
  "invalid_query",
  "invalid_request",
  "request_timeout",
  "wrong_host",
  "expectation_failed",
  "too_many_requests",
  "headers_too_large",
  "internal",
  "starting",
] as const satisfies readonly ProblemCode[];

/** What a request can that takes a token, where the server asks for tokens. */
export const tokenProblems = [
  "unauthorized",
  "forbidden",
] as const satisfies readonly ProblemCode[];

/** What a request for something in a database can. */
export const dataProblems = [
  "invalid_name",
  "corrupt",
  "not_ready",
] as const satisfies readonly ProblemCode[];

/** What a request for a key can. */
export const keyProblems = [
  ...dataProblems,
  "invalid_key",
  "invalid_header",
] as const satisfies readonly ProblemCode[];

/** What a read can, by what it asks of the node. */
export const readProblems = [
  "invalid_header",
  "catching_up",
  "offset_not_reached",
  "not_leader",
  "no_leader",
  "not_enough_replicas",
  "outcome_unknown",
] as const satisfies readonly ProblemCode[];

/** What a write can. */
export const writeProblems = [
  "not_leader",
  "no_leader",
  "not_enough_replicas",
  "poisoned",
  "disk_full",
  "outcome_unknown",
] as const satisfies readonly ProblemCode[];

/** What a request with a body of JSON can. */
export const jsonBodyProblems = [
  "malformed_json",
  "invalid_utf8",
  "incomplete_body",
  "invalid_body",
  "too_large",
  "unsupported_media_type",
] as const satisfies readonly ProblemCode[];
