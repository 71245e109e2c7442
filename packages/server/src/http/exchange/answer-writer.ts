import type { ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";

import { bodyBytes, type Answer } from "./answer.ts";

/**
 * Puts an answer on the wire, a body that is at hand in one piece with its head. To `HEAD` the length
 * of the body is told instead.
 *
 * @param more headers beside those of the answer
 * @param failed hears why a body that comes over time could not go on; the connection is cut then. It
 * hears nothing where the client went
 */
export function writeAnswer(
  outgoing: ServerResponse,
  method: string,
  { status, headers, body }: Answer,
  more: Readonly<Record<string, string>> = {},
  failed?: (error: Error) => void,
): void {
  const bytes = bodyBytes(body);
  const head: Record<string, string | number> = { ...headers, ...more };
  // Node does not count a body that comes after its head, and would send it in chunks.
  if (bytes !== undefined && body !== undefined) head["content-length"] = bytes;
  outgoing.writeHead(status, head);
  if (method === "HEAD" || body === undefined) outgoing.end();
  // Text that is ASCII throughout is written faster when Node need not look at it for more.
  else if (typeof body === "string") outgoing.end(body, bytes === body.length ? "latin1" : "utf8");
  else if (body instanceof Uint8Array) outgoing.end(body);
  else {
    // Its first part may be long in coming.
    outgoing.flushHeaders();
    pipeline(Readable.from(body), outgoing, (error) => {
      if (error instanceof Error && error.code !== "ERR_STREAM_PREMATURE_CLOSE") failed?.(error);
    });
  }
}
