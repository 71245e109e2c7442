import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { bodyBytes, type Answer } from "./answer.ts";

/**
 * Puts an answer on the wire, a body that is at hand in one piece with its head. To `HEAD` the length
 * of the body is told instead.
 *
 * @throws what the body throws while it comes, after the connection was cut.
 */
export async function writeAnswer(
  outgoing: ServerResponse,
  method: string,
  { status, headers, body }: Answer,
): Promise<void> {
  const bytes = bodyBytes(body);
  // Node counts no body that is given with the head, and would send it in chunks.
  const length = bytes === undefined || body === undefined ? {} : { "content-length": bytes };
  outgoing.writeHead(status, { ...headers, ...length });
  if (method === "HEAD" || body === undefined) outgoing.end();
  else if (typeof body === "string" || body instanceof Uint8Array) outgoing.end(body);
  else await pipeline(Readable.from(body, { objectMode: false }), outgoing);
}
