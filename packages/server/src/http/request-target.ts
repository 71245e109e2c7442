import type { IncomingMessage, ServerResponse } from "node:http";

import { ProblemError } from "./problem.ts";

/** What the server knows of a request beside the Request itself; nothing, in a test without a port. */
export interface Bindings {
  readonly incoming?: Pick<IncomingMessage, "url">;
  readonly outgoing?: Pick<ServerResponse, "getHeader">;
  /** Takes a body that comes over time, and sends it after the head of its answer. */
  readonly sendLater?: (body: AsyncIterable<Uint8Array>) => void;
}

/** A request target, cut at its question mark; nothing is decoded. */
export interface RequestTarget {
  readonly path: string;
  /** Undefined without a question mark. */
  readonly query: string | undefined;
}

/**
 * The target as the client sent it. A Request's own URL will not do: making one takes the segments
 * `..` and `%2E%2E` for steps upwards, so that a key of two dots would name something else.
 */
export const requestTarget = (request: Request, bindings: Bindings | undefined): RequestTarget =>
  targetOf(bindings?.incoming?.url ?? request.url);

/** The target that a URL has, be it absolute or the path alone. */
export function targetOf(url: string): RequestTarget {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  const fragment = url.indexOf("#", start);
  const end = fragment === -1 ? url.length : fragment;
  const question = url.indexOf("?", start);
  if (start === -1) return { path: "/", query: undefined };
  if (question === -1 || question > end) return { path: url.slice(start, end), query: undefined };
  return { path: url.slice(start, question), query: url.slice(question + 1, end) };
}

/**
 * Decodes one segment of a path, in which a plus sign is a plus sign.
 *
 * @throws ProblemError (malformed_target) on a broken percent escape or bytes that are not UTF-8.
 */
export function decodeSegment(segment: string): string {
  return decodePercent(segment, `the path segment "${segment}"`);
}

/** Decodes a name or a value of a query, in which a plus sign is a space. Throws as `decodeSegment`. */
export function decodeQueryPart(part: string): string {
  return decodePercent(part.replaceAll("+", " "), `"${part}" in the query`);
}

function decodePercent(text: string, what: string): string {
  if (!text.includes("%")) return text;
  try {
    // Stricter than Hono's own decoding, which keeps what it cannot decode.
    return decodeURIComponent(text);
  } catch (cause) {
    throw new ProblemError(
      {
        code: "malformed_target",
        message:
          `${what} is not well percent-encoded: each % must be followed by two hexadecimal ` +
          "digits, and the bytes must be UTF-8. A percent sign itself is %25",
      },
      { cause },
    );
  }
}
