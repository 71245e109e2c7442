import {
  AbortError,
  checkName,
  logOffset,
  timestampMs,
  type ContentScope,
  type Database,
  type Snapshot,
} from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "../api-context.ts";
import { refuseOtherSites } from "../cors.ts";
import { existing } from "../databases.ts";
import type { Handler } from "../exchange/answer.ts";
import { databaseAddress } from "../key-address.ts";
import { linesType } from "../media-type.ts";
import { ProblemError } from "../problem.ts";
import { booleanParameter, parseQuery, wholeParameter } from "../query.ts";
import { defaultWait, maxWait, offsetNotReached } from "../read-terms.ts";
import type { Resource } from "../resources.ts";

import { contentLines } from "./content-lines.ts";

const number = wholeParameter(0, Number.MAX_SAFE_INTEGER - 1);

/** What the query of a hash may say. */
export const contentHashQuery = z.strictObject({
  offset: number.optional(),
  wait: wholeParameter(0, maxWait).default(defaultWait),
  collection: z.string().optional(),
  gt: z.string().optional(),
  lte: z.string().optional(),
  keys: booleanParameter.default(false),
  expiresAfter: number.optional(),
});
type Query = z.output<typeof contentHashQuery>;

/**
 * `GET /api/v2/<database>/_hash`: what the database holds as hashes, a line for each range of keys or for
 * each key, by which nodes are compared; as of the offset that is asked for, for which it waits.
 */
export function contentHashResource(api: ApiContext, path: string): Resource {
  const read: Handler = async (exchange) => {
    const { method, target, closed } = exchange;
    const query = parseQuery(target.query, contentHashQuery);
    refuseOtherSites(exchange, api.corsOrigins);
    if (query.collection !== undefined) checkName("collection", query.collection);
    const database = existing(api, databaseAddress(target.path));
    const headers = { "content-type": linesType, "cache-control": "no-store" };
    if (method === "HEAD") return { status: 200, headers, body: undefined };
    using opened = new DisposableStack();
    const snapshot = opened.use(await snapshotOf(database, query, closed));
    const scope = scopeOf(query, snapshot);
    const { offset } = snapshot;
    const lines = contentLines(api, exchange, { snapshot, scope, byKey: query.keys, closed });
    // Also where the client is gone before the first line was asked for.
    closed.addEventListener("abort", () => snapshot.close());
    if (closed.aborted) throw new AbortError("the hashing", closed.reason);
    opened.move();
    return {
      status: 200,
      headers: { ...headers, ...(offset > 0 && { "boxerdb-offset": String(offset - 1) }) },
      body: lines,
    };
  };
  return { path, handlers: { GET: read }, scope: "admin", isPatient: true };
}

async function snapshotOf(
  database: Database,
  { offset, wait }: Query,
  closed: AbortSignal,
): Promise<Snapshot> {
  if (offset === undefined) {
    database.assertWhole();
    return database.snapshot();
  }
  const isOver = wait === 0 ? AbortSignal.abort() : AbortSignal.timeout(wait * 1_000);
  try {
    return await database.snapshotAt(logOffset(offset + 1), AbortSignal.any([closed, isOver]));
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    throw offsetNotReached(database, offset, wait, error);
  }
}

function scopeOf(
  { collection, gt, lte, expiresAfter }: Query,
  { time }: Snapshot,
): ContentScope & { readonly expiresAfter: number } {
  if (expiresAfter !== undefined && expiresAfter < time) {
    throw new ProblemError({
      code: "invalid_query",
      message:
        `"expiresAfter" is before the time of this node, ${time}: what has expired since may have been ` +
        "dropped on some nodes and not on others. Name a later time, and see that the clocks agree",
      members: { parameter: "expiresAfter" },
    });
  }
  return {
    ...(collection !== undefined && { collection }),
    ...(gt !== undefined && { gt }),
    ...(lte !== undefined && { lte }),
    expiresAfter: expiresAfter === undefined ? time : timestampMs(expiresAfter),
  };
}
