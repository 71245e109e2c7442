import { parseAccept } from "hono/utils/accept";

/** The type of lines of JSON. */
export const linesType = "application/x-ndjson";

/** The type of Server-Sent Events. */
export const eventsType = "text/event-stream";

/** The media types in which values come and go, beside JSON. */
export const octetStream = "application/octet-stream";
export const msgpackTypes: readonly string[] = [
  "application/msgpack",
  "application/vnd.msgpack",
  "application/x-msgpack",
];

/** The type of a `Content-Type` without its parameters, in small letters. */
export const mediaTypeOf = (contentType: string | undefined): string | undefined =>
  contentType?.split(";", 1)[0]?.trim().toLowerCase();

/**
 * Whether an `Accept` names a type and prefers none of the others to it. A range that it is in does not
 * name it: who takes anything gets the usual form.
 */
export function namesInAccept(
  accept: string | undefined,
  wanted: string,
  others: readonly string[],
): boolean {
  const accepted = parseAccept(accept ?? "");
  const qualityOf = (type: string): number =>
    accepted.find((named) => named.type.toLowerCase() === type)?.q ?? 0;
  const quality = qualityOf(wanted);
  return quality > 0 && others.every((other) => quality >= qualityOf(other));
}
