/** Which headers go along with a request that is handed on, and which come back with its answer. */
import type { IncomingHttpHeaders } from "node:http";

import { requestIdHeader } from "../request-id.ts";

/** Names the node that handed a request on: it is handed on once at most. */
export const forwardedByHeader = "boxerdb-forwarded-by";

/** What concerns one connection only (RFC 9110, 7.6.1), beside what `Connection` names. */
const hopByHop: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * What is between the client and this node: the leader has a name of its own, whether the client waits for
 * `100 Continue` was settled here, and so was which pages may read the answer.
 */
const ofThisNode: readonly string[] = ["host", "expect", "origin", forwardedByHeader];

/** What this node tells of itself in every answer. */
const toldHere: readonly string[] = ["date", "server", requestIdHeader];

/**
 * The headers of a request that is handed on; with `content-length` where it had one, or the length of
 * `body`.
 */
export function requestHeaders(
  given: Iterable<readonly [name: string, value: string]>,
  { nodeId, requestId }: { readonly nodeId: string; readonly requestId: string | undefined },
): Record<string, string> {
  const headers = new Map(given);
  dropHopByHop(headers);
  for (const name of ofThisNode) headers.delete(name);
  headers.set(forwardedByHeader, nodeId);
  if (requestId !== undefined) headers.set(requestIdHeader, requestId);
  return Object.fromEntries(headers);
}

/** The headers of an answer that is handed back. The body comes in one piece: its length tells itself. */
export function answerHeaders(given: IncomingHttpHeaders): Record<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  dropHopByHop(headers);
  for (const name of toldHere) headers.delete(name);
  headers.delete("content-length");
  return Object.fromEntries(headers);
}

function dropHopByHop(headers: Map<string, string>): void {
  const named = (headers.get("connection") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
  // The length says where a request ends: a client has no say in that it goes.
  for (const name of named) if (name !== "content-length") headers.delete(name);
  for (const name of hopByHop) headers.delete(name);
}
