import type { Database } from "@boxerdb/engine";

import type { ApiContext } from "./api-context.ts";
import { entityTag } from "./entity-tag.ts";
import type { Answer } from "./exchange/answer.ts";

const jsonType = "application/json";

/**
 * The headers that tell how fresh an answer is: `BoxerDB-Offset`, the newest offset that reads see on
 * this node, none before the first; and on a follower `BoxerDB-Lag`, by how many records that is
 * behind what it knows of its leader. Made before what they are told of is read, or at once after it:
 * they must not tell of more than the answer saw.
 */
export function freshnessHeaders({ node }: ApiContext, database: Database): Record<string, string> {
  const headers: Record<string, string> = {};
  const highWatermark = database.open?.highWatermark ?? 0;
  if (highWatermark > 0) headers["boxerdb-offset"] = String(highWatermark - 1);
  const lag = node.lag(database.name);
  if (lag?.records !== undefined) headers["boxerdb-lag"] = String(lag.records);
  return headers;
}

/** The headers of an answer about what was written at one offset. */
export const writtenHeaders = (
  api: ApiContext,
  database: Database,
  offset: number,
): Record<string, string> => ({
  "content-type": jsonType,
  etag: entityTag(offset),
  ...freshnessHeaders(api, database),
});

/** The headers of an answer about a database. */
export const dataHeaders = (api: ApiContext, database: Database): Record<string, string> => ({
  "content-type": jsonType,
  ...freshnessHeaders(api, database),
});

/** Answers JSON, with headers as the functions above make them; without, it is about no database. */
export const jsonAnswer = (
  body: unknown,
  headers: Readonly<Record<string, string>> = { "content-type": jsonType },
  status = 200,
): Answer => ({ status, headers, body: JSON.stringify(body) });
