import {
  defaultMaxBatchOperations,
  logOffset,
  type BatchCheck,
  type BatchOperation,
} from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import { jsonAnswer, writtenHeaders } from "./data-answer.ts";
import type { Handler } from "./exchange/answer.ts";
import { readJsonBody } from "./json-body.ts";
import { databaseAddress } from "./key-address.ts";
import { refuseLongList } from "./list-length.ts";
import { refusePreconditions } from "./precondition.ts";
import type { Resource } from "./resources.ts";
import { jsonValue } from "./value-body.ts";
import { maxTtlSeconds, writeTermsOf } from "./write-terms.ts";

const name = z.string({ error: "must be a text" });
const place = { collection: name, key: name };

export const batchCheck = z.strictObject({
  ...place,
  offset: z
    .int({ error: "must be the offset that the key is expected at, or null for absent" })
    .nonnegative({ error: "must not be negative" })
    .transform(logOffset)
    .nullable(),
});

const ttlError = `must be a whole number of seconds from 1 to ${maxTtlSeconds}`;
const ttl = z
  .int({ error: ttlError })
  .min(1, { error: ttlError })
  .max(maxTtlSeconds, { error: ttlError });

export const batchOperation = z.discriminatedUnion(
  "op",
  [
    z.strictObject({ op: z.literal("put"), ...place, value: jsonValue, ttl: ttl.optional() }),
    z.strictObject({ op: z.literal("delete"), ...place }),
  ],
  { error: 'must be "put" or "delete"' },
);

export const batchBody = z.strictObject({
  checks: z.array(batchCheck, { error: "must be a list" }).default([]),
  operations: z
    .array(batchOperation, { error: "must be a list of puts and deletes" })
    .min(1, { error: "must hold at least one operation" }),
});

function refuseLongLists(body: unknown): void {
  refuseLongList(body, "checks", defaultMaxBatchOperations);
  refuseLongList(body, "operations", defaultMaxBatchOperations);
}

/** An operation as the engine takes it. */
function operationOf(asked: z.output<typeof batchOperation>): BatchOperation {
  if (asked.op === "delete" || asked.ttl === undefined) return asked;
  const { ttl: seconds, ...put } = asked;
  return { ...put, ttlMs: seconds * 1_000 };
}

/**
 * `POST /api/v2/<database>/_batch`: all operations or none, if all checks hold. Answers the offset of
 * the last one.
 */
export function batchHandlers(api: ApiContext): Resource["handlers"] {
  const batch: Handler = async (exchange) => {
    const terms = writeTermsOf(exchange);
    refusePreconditions(exchange);
    const database = api.store.database(databaseAddress(exchange.target.path));
    api.node.assertWritable(database.name);
    const limitBytes = api.maxBatchBodyBytes;
    const body = await readJsonBody(exchange, batchBody, limitBytes, refuseLongLists);
    const checks: readonly BatchCheck[] = body.checks;
    const operations = body.operations.map(operationOf);
    const options = { ...terms.options, checks };
    const offset = await api.node.committed(database.batch(operations, options), database.name);
    const headers = writtenHeaders(api, database, offset);
    return jsonAnswer({ offset }, { ...headers, ...terms.replayHeaders() });
  };
  return { POST: batch };
}
