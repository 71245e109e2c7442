import { checkName } from "@boxerdb/engine";

import type { ApiContext } from "../api-context.ts";
import { dataHeaders, jsonAnswer } from "../data-answer.ts";
import { existing } from "../databases.ts";
import type { Handler } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { databaseAddress } from "../key-address.ts";
import { refusePreconditions } from "../precondition.ts";
import { ProblemError } from "../problem.ts";
import { parseQuery } from "../query.ts";
import { admitRead, readTermsOf } from "../read-terms.ts";
import type { Resource } from "../resources.ts";
import { idempotencyKeyOf } from "../write-terms.ts";

import { importProgress, noProgress } from "./import-progress.ts";
import { ImportRegistry } from "./import-registry.ts";
import { importQuery, runImport } from "./import-run.ts";
import { refuseOtherThanLines } from "./lines-type.ts";

/**
 * `POST /api/v2/<database>/_import`: documents from lines, as they come: `{documents, lines, offset}`. An
 * error tells in `documents` and `lines` how much is stored. With `Idempotency-Key` the progress is
 * stored, so that the same request again goes on where the first one stopped; `GET` tells it. An import may
 * come in several requests, with `firstLine` and `more`.
 */
export function importHandlers(api: ApiContext): Resource["handlers"] {
  const registry = new ImportRegistry();

  const post: Handler = async (exchange) => {
    const query = parseQuery(exchange.target.query, importQuery);
    checkName("collection", query.collection);
    refusePreconditions(exchange);
    refuseOtherThanLines(exchange);
    const database = api.store.database(databaseAddress(exchange.target.path));
    api.node.assertWritable(database.name);
    const id = importId(exchange);
    using turn =
      id === undefined ? undefined : await registry.begin(database.name, id, exchange.closed);
    const begun = (id === undefined ? undefined : importProgress(database, id)) ?? noProgress;
    const superseded = turn?.superseded;
    const done = await runImport(api, exchange, { database, id, query, begun, superseded });
    const { documents, lines, offset } = done;
    const isReplay = begun.offset !== null && offset === begun.offset;
    const headers = dataHeaders(api, database);
    return jsonAnswer(
      { documents, lines, offset },
      isReplay ? { ...headers, "idempotency-replayed": "true" } : headers,
    );
  };

  const tell: Handler = async (exchange) => {
    const terms = readTermsOf(exchange.target.query);
    const name = databaseAddress(exchange.target.path);
    await admitRead(api, exchange, api.store.database(name), terms);
    const database = existing(api, name);
    const id = importId(exchange);
    if (id === undefined) {
      throw new ProblemError({
        code: "invalid_header",
        message: "give the header Idempotency-Key that the import has, to be told its progress",
        members: { header: "idempotency-key" },
      });
    }
    const headers = dataHeaders(api, database);
    const progress = importProgress(database, id);
    if (progress !== undefined) {
      const { documents, lines, complete, offset } = progress;
      return jsonAnswer({ documents, lines, complete, offset }, headers);
    }
    throw new ProblemError({
      code: "not_found",
      message:
        `nothing has been stored by an import with the Idempotency-Key "${id}", or it is longer ago ` +
        "than progress is kept",
    });
  };

  return { GET: tell, POST: post };
}

/** Throws ProblemError (invalid_header) where the header is there and can be no id. */
function importId(exchange: Exchange): string | undefined {
  const header = exchange.header("idempotency-key");
  return header === undefined ? undefined : idempotencyKeyOf(header);
}
