import type { Exchange } from "../exchange/exchange.ts";
import { ProblemError } from "../problem.ts";

const linesType =
  /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json)\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;
const formType = /^application\/x-www-form-urlencoded\b/i;

/**
 * Lines of JSON must be called so, or JSON. As with JSON (see json-body.ts), no type and that of
 * `curl --data-binary` will do where no browser sent them.
 *
 * @throws ProblemError (unsupported_media_type)
 */
export function refuseOtherThanLines(exchange: Exchange): void {
  const type = exchange.header("content-type");
  if (type !== undefined && linesType.test(type)) return;
  const fromBrowser =
    exchange.header("origin") !== undefined || exchange.header("sec-fetch-site") !== undefined;
  if (!fromBrowser && (type === undefined || formType.test(type))) return;
  throw new ProblemError({
    code: "unsupported_media_type",
    message:
      `a body of ${type === undefined ? "no content type" : `the type "${type}"`} is not read here: ` +
      "send lines of JSON in UTF-8, with the header Content-Type: application/x-ndjson",
    headers: { accept: "application/x-ndjson" },
  });
}
