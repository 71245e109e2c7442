import { decodeMsgpack, type JsonValue, type Storable } from "@boxerdb/engine";
import { z } from "zod";

import type { Exchange } from "./exchange/exchange.ts";
import { readJsonBody, refuseEncoding } from "./json-body.ts";
import { mediaTypeOf, msgpackTypes, octetStream } from "./media-type.ts";

/** What is parsed JSON is a JSON value; only that it is there needs a check. */
export const jsonValue = z.custom<JsonValue>((value) => value !== undefined, {
  error: "is missing: give any JSON value, null included",
});

export const putBody = z.strictObject(
  { value: jsonValue },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? 'the body must be an object such as {"value": 1}' : undefined,
  },
);

/**
 * The value that a body holds: `{"value": …}` in JSON, the value itself in msgpack, or any bytes as
 * `application/octet-stream`.
 *
 * @throws ProblemError as `readJsonBody`; InvalidValueError where msgpack is none, or no JSON value.
 */
export async function readValue(exchange: Exchange, limitBytes: number): Promise<Storable> {
  const type = mediaTypeOf(exchange.header("content-type"));
  if (type === octetStream) {
    refuseEncoding(exchange);
    return exchange.readBody(limitBytes);
  }
  if (type !== undefined && msgpackTypes.includes(type)) {
    refuseEncoding(exchange);
    return decodeMsgpack(await exchange.readBody(limitBytes));
  }
  return (await readJsonBody(exchange, putBody, limitBytes)).value;
}
