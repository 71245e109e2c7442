import type { Database } from "@boxerdb/engine";
import { z } from "zod";

import { defaultName, type ApiContext } from "./api-context.ts";
import { dataHeaders, jsonAnswer } from "./data-answer.ts";
import type { Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { readJsonBody } from "./json-body.ts";
import { databaseAddress } from "./key-address.ts";
import { refusePreconditions } from "./precondition.ts";
import { ProblemError } from "./problem.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

/** `GET /api/v2`: the databases that exist, by name. */
export function databaseListHandlers({ store }: ApiContext): Resource["handlers"] {
  const list: Handler = ({ target }) => {
    refuseQuery(target.query);
    return jsonAnswer({ databases: store.databases().map(summaryOf) });
  };
  return { GET: list };
}

/** `GET`, `PUT` and `DELETE /api/v2/<database>`: describe, create, drop. */
export function databaseHandlers(api: ApiContext): Resource["handlers"] {
  const { store, node } = api;

  const describe: Handler = (exchange) => {
    const database = existing(api, nameOf(exchange));
    const body = { ...summaryOf(database), collections: database.collections() };
    return jsonAnswer(body, dataHeaders(api, database));
  };

  const create: Handler = async (exchange) => {
    const { name } = store.database(nameOf(exchange));
    refusePreconditions(exchange);
    node.assertWritable(name);
    await refuseSettings(exchange, api.maxBodyBytes);
    const database = await node.committed(store.createDatabase(name));
    const headers = { ...dataHeaders(api, database), location: `/api/v2/${name}` };
    return jsonAnswer(summaryOf(database), headers, 201);
  };

  const drop: Handler = async (exchange) => {
    const { name } = store.database(nameOf(exchange));
    refusePreconditions(exchange);
    node.assertWritable(name);
    await node.committed(store.dropDatabase(name));
    return jsonAnswer({ dropped: name });
  };

  return { GET: describe, PUT: create, DELETE: drop };
}

/**
 * The handle of a database that can be read. The default database can, also before its first write.
 *
 * @throws ProblemError (database_not_found) where there is none.
 */
export function existing({ store }: ApiContext, name: string): Database {
  const database = store.database(name);
  if (database.exists || name === defaultName) return database;
  throw new ProblemError({
    code: "database_not_found",
    message: `there is no database "${name}": PUT /api/v2/${name} creates it, as the first write does`,
  });
}

function nameOf({ target }: Exchange): string {
  refuseQuery(target.query);
  return databaseAddress(target.path);
}

/** What a listing tells of a database. Before its first write there is nothing of the default one. */
function summaryOf(database: Database) {
  const status = database.status();
  return {
    name: database.name,
    id: status?.id ?? null,
    keys: status?.keys ?? 0,
    bytes: status?.bytes ?? 0,
    epoch: status?.epoch ?? 0,
    endOffset: status?.endOffset ?? 0,
    appliedOffset: status?.appliedOffset ?? 0,
  };
}

export const noSettings = z.strictObject(
  {},
  { error: "a database has no settings: send no body, or {}" },
);

/** A body may be missing or empty: there is nothing to set. */
async function refuseSettings(exchange: Exchange, limitBytes: number): Promise<void> {
  const hasBody =
    exchange.header("transfer-encoding") !== undefined ||
    Number(exchange.header("content-length") ?? 0) > 0;
  if (hasBody) await readJsonBody(exchange, noSettings, limitBytes);
}
