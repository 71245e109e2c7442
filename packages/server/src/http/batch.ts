import { logOffset, type BatchCheck, type BatchOperation } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import { jsonAnswer, writtenHeaders } from "./data-answer.ts";
import type { Handler } from "./exchange/answer.ts";
import { readJsonBody } from "./json-body.ts";
import { databaseAddress } from "./key-address.ts";
import { jsonValue } from "./keys.ts";
import { refusePreconditions } from "./precondition.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

const name = z.string({ error: "must be a text" });
const place = { collection: name, key: name };

const check = z.strictObject({
  ...place,
  offset: z
    .int({ error: "must be the offset that the key is expected at, or null for absent" })
    .nonnegative({ error: "must not be negative" })
    .transform(logOffset)
    .nullable(),
});

const operation = z.discriminatedUnion(
  "op",
  [
    z.strictObject({ op: z.literal("put"), ...place, value: jsonValue }),
    z.strictObject({ op: z.literal("delete"), ...place }),
  ],
  { error: 'must be "put" or "delete"' },
);

const batchBody = z.strictObject({
  checks: z.array(check, { error: "must be a list" }).default([]),
  operations: z
    .array(operation, { error: "must be a list of puts and deletes" })
    .min(1, { error: "must hold at least one operation" }),
});

/**
 * `POST /api/v2/<database>/_batch`: all operations or none, if all checks hold. Answers the offset of
 * the last one.
 */
export function batchHandlers(api: ApiContext): Resource["handlers"] {
  const batch: Handler = async (exchange) => {
    refuseQuery(exchange.target.query);
    refusePreconditions(exchange);
    const database = api.store.database(databaseAddress(exchange.target.path));
    api.node.assertWritable(database.name);
    const body = await readJsonBody(exchange, batchBody, api.maxBatchBodyBytes);
    const checks: readonly BatchCheck[] = body.checks;
    const operations: readonly BatchOperation[] = body.operations;
    const offset = await api.node.committed(database.batch(operations, { checks }));
    return jsonAnswer({ offset }, writtenHeaders(api, database, offset));
  };
  return { POST: batch };
}
