/**
 * What a write asks for beside its place and its value: `?ttl=`, `?durability=` and the header
 * `Idempotency-Key`.
 */
import type { BatchOperation, Database, LogOffset, PutOptions } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { ProblemError } from "./problem.ts";
import { parseQuery, wholeParameter } from "./query.ts";

/** The longest time that a value can be given, in seconds: a hundred years. */
export const maxTtlSeconds = 100 * 366 * 24 * 3_600;

const durability = z.enum(["disk", "os"], { error: "must be disk or os" }).optional();
export const writeQuery = z.strictObject({ durability });
export const putQuery = z.strictObject({
  durability,
  ttl: wholeParameter(1, maxTtlSeconds).optional(),
});

/** What the engine is asked with, and whether it has done that before. */
export interface WriteTerms {
  readonly options: Pick<PutOptions, "durability" | "idempotencyKey" | "onReplay" | "ttlMs">;
  /** `Idempotency-Replayed: true` where the write had been done before; to be asked when it is answered. */
  replayHeaders(): Readonly<Record<string, string>>;
}

/** The terms of a put. Throws ProblemError (invalid_query, invalid_header). */
export const putTermsOf = (exchange: Exchange): WriteTerms => termsOf(exchange, putQuery);

/** The terms of any other write: nothing that it writes can be given a time. */
export const writeTermsOf = (exchange: Exchange): WriteTerms => termsOf(exchange, writeQuery);

const noHeaders: Readonly<Record<string, string>> = {};
const plainTerms: WriteTerms = { options: {}, replayHeaders: () => noHeaders };

function termsOf(
  exchange: Exchange,
  schema: z.ZodType<{
    readonly durability?: "disk" | "os" | undefined;
    readonly ttl?: number | undefined;
  }>,
): WriteTerms {
  const { query } = exchange.target;
  const header = exchange.header("idempotency-key");
  if (header === undefined && (query === undefined || query === "")) return plainTerms;
  const { durability, ttl } = parseQuery(query, schema);
  const idempotencyKey = header === undefined ? undefined : idempotencyKeyOf(header);
  let isReplay = false;
  const onReplay = (): void => {
    isReplay = true;
  };
  return {
    options: {
      ...(durability !== undefined && { durability }),
      ...(ttl !== undefined && { ttlMs: ttl * 1_000 }),
      ...(idempotencyKey !== undefined && { idempotencyKey, onReplay }),
    },
    replayHeaders: () => (isReplay ? { "idempotency-replayed": "true" } : noHeaders),
  };
}

/**
 * What the value of `Idempotency-Key` says: as a quoted string, which the draft of the header wants, or as it stands, which most
 * clients send.
 *
 * @throws ProblemError (invalid_header)
 */
export function idempotencyKeyOf(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header)?.[1];
  const key = quoted?.replaceAll(/\\(["\\])/g, "$1") ?? header;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  throw new ProblemError({
    code: "invalid_header",
    message: "Idempotency-Key must be 1 to 255 printable ASCII characters, a UUID for example",
    members: { header: "idempotency-key" },
  });
}

/**
 * Does a write on a single key. One that was done before, and is repeated, is answered as it was,
 * although its condition may hold no more: HTTP's conditions can allow several offsets or any, and are
 * judged here before the engine sees the idempotency key.
 *
 * @param write rejects with ProblemError (precondition_failed) where the condition does not hold
 */
export function writeOnce<Result>(
  { node }: ApiContext,
  database: Database,
  operation: BatchOperation,
  { options }: WriteTerms,
  write: () => Promise<Result>,
): Promise<Result | LogOffset> {
  const { idempotencyKey, onReplay } = options;
  if (idempotencyKey === undefined) return write();
  return write().catch(async (error: unknown) => {
    if (!(error instanceof ProblemError) || error.problem.code !== "precondition_failed")
      throw error;
    const offset = await node.committed(database.outcomeOf(idempotencyKey, [operation]));
    if (offset === undefined) throw error;
    onReplay?.();
    return offset;
  });
}
