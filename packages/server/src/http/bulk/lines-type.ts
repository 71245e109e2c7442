import { namedType, passesFor } from "../body-type.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { linesType } from "../media-type.ts";
import { ProblemError } from "../problem.ts";

const takenTypes =
  /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json)\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;

/**
 * Lines of JSON must be called so, or JSON, or pass for it (see body-type.ts).
 *
 * @throws ProblemError (unsupported_media_type)
 */
export function refuseOtherThanLines(exchange: Exchange): void {
  if (passesFor(exchange, takenTypes)) return;
  throw new ProblemError({
    code: "unsupported_media_type",
    message:
      `a body of ${namedType(exchange)} is not read here: ` +
      `send lines of JSON in UTF-8, with the header Content-Type: ${linesType}`,
    headers: { accept: linesType },
  });
}
