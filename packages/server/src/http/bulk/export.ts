import { checkName } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "../api-context.ts";
import { freshnessHeaders } from "../data-answer.ts";
import { existing } from "../databases.ts";
import type { Answer, Handler } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { databaseAddress } from "../key-address.ts";
import { linesType } from "../media-type.ts";
import { refusePreconditions } from "../precondition.ts";
import { parseQuery } from "../query.ts";
import { admitRead, readParameters } from "../read-terms.ts";
import type { Resource } from "../resources.ts";

import { ExportStream } from "./export-stream.ts";

/** What the query of an export may say. */
export const exportQuery = z.strictObject({
  collection: z.string().optional(),
  prefix: z.string().optional(),
  ...readParameters,
});

/**
 * `GET /api/v2/<database>/_export`: all documents, or those of one collection, as they were at the
 * offset that `BoxerDB-Offset` tells, one a line. It is complete if and only if the chunked body is: where
 * it cannot go on, the connection is cut.
 */
export function exportHandlers(api: ApiContext): Resource["handlers"] {
  const read: Handler = async (exchange) => {
    const { collection, prefix, ...terms } = parseQuery(exchange.target.query, exportQuery);
    refusePreconditions(exchange);
    if (collection !== undefined) checkName("collection", collection);
    const address = databaseAddress(exchange.target.path);
    await admitRead(api, exchange, api.store.database(address), terms);
    const database = existing(api, address);
    const headers = { ...freshnessHeaders(api, database), "content-type": linesType };
    if (exchange.method === "HEAD") return { status: 200, headers, body: undefined };
    return streamed(exchange, new ExportStream(database, { collection, prefix }), headers);
  };
  return { GET: read };
}

function streamed(
  { closed }: Exchange,
  documents: ExportStream,
  headers: Readonly<Record<string, string>>,
): Answer {
  // Also where the client is gone before the first line was asked for.
  closed.addEventListener("abort", () => documents.close());
  const { offset } = documents;
  const told = { ...headers, ...(offset === undefined ? {} : { "boxerdb-offset": `${offset}` }) };
  return { status: 200, headers: told, body: documents };
}
