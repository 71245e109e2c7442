import type { Database } from "@boxerdb/engine";
import { z } from "zod";

import { defaultName, type ApiContext } from "./api-context.ts";
import { dataHeaders, jsonResponse } from "./data-answer.ts";
import { readJsonBody } from "./json-body.ts";
import { databaseAddress } from "./key-address.ts";
import { refusePreconditions } from "./precondition.ts";
import { ProblemError } from "./problem.ts";
import { refuseQuery } from "./query.ts";
import { requestTarget } from "./request-target.ts";
import type { ApiRequest, Handler, Resource } from "./resources.ts";

/** `GET /api/v2`: the databases that exist, by name. */
export function databaseListHandlers({ store }: ApiContext): Resource["handlers"] {
  const list: Handler = (request) => {
    refuseQuery(requestTarget(request.req.raw, request.env).query);
    return jsonResponse({ databases: store.databases().map(summaryOf) });
  };
  return { GET: list };
}

/** `GET`, `PUT` and `DELETE /api/v2/<database>`: describe, create, drop. */
export function databaseHandlers(api: ApiContext): Resource["handlers"] {
  const { store, node } = api;

  const describe: Handler = (request) => {
    const database = existing(api, nameOf(request));
    const body = { ...summaryOf(database), collections: database.collections() };
    return new Response(JSON.stringify(body), { headers: dataHeaders(api, database) });
  };

  const create: Handler = async (request) => {
    const { name } = store.database(nameOf(request));
    refusePreconditions(request.req.raw.headers);
    node.assertWritable(name);
    await refuseSettings(request, api.maxBodyBytes);
    const database = await node.committed(store.createDatabase(name));
    const headers = { ...dataHeaders(api, database), location: `/api/v2/${name}` };
    return new Response(JSON.stringify(summaryOf(database)), { status: 201, headers });
  };

  const drop: Handler = async (request) => {
    const { name } = store.database(nameOf(request));
    refusePreconditions(request.req.raw.headers);
    node.assertWritable(name);
    await node.committed(store.dropDatabase(name));
    return jsonResponse({ dropped: name });
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

function nameOf(request: ApiRequest): string {
  const { path, query } = requestTarget(request.req.raw, request.env);
  refuseQuery(query);
  return databaseAddress(path);
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

const noSettings = z.strictObject({}, { error: "a database has no settings: send no body, or {}" });

/** A body may be missing or empty: there is nothing to set. */
async function refuseSettings(request: ApiRequest, limitBytes: number): Promise<void> {
  const { raw } = request.req;
  const hasBody =
    raw.headers.has("transfer-encoding") || Number(raw.headers.get("content-length") ?? 0) > 0;
  if (hasBody) await readJsonBody(raw, noSettings, limitBytes);
}
