import type { ApiContext } from "./api-context.ts";
import { existing } from "./databases.ts";
import type { Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { refuseOtherTypes } from "./json-body.ts";
import { databaseAddress } from "./key-address.ts";
import { answerLongWork } from "./long-work.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

/** Which databases are meant: the one that the path names, or all. */
export type Scope = (exchange: Exchange) => { readonly database?: string };

/** The database of `/api/v2/<database>/<action>`. */
export const oneDatabase: Scope = ({ target }) => ({ database: databaseAddress(target.path) });

/** All databases, for `/api/v2/<action>`. */
export const allDatabases: Scope = () => ({});

/** `POST …/_verify`: reads all that is committed and compares the index with it. */
export function verifyHandlers(api: ApiContext, scopeOf: Scope): Resource["handlers"] {
  const { store } = api;
  const verify: Handler = (exchange) => {
    refuseContent(exchange);
    const scope = scopeOf(exchange);
    if (scope.database !== undefined) existing(api, scope.database);
    const totalBytes = bytesOf(api, scope.database);
    let readBytes = 0;
    return answerLongWork(api, exchange, {
      run: (signal) =>
        store.verify({
          ...scope,
          signal,
          onProgress: (bytes) => {
            readBytes = bytes;
          },
        }),
      progress: () => ({ readBytes, totalBytes }),
    });
  };
  return { POST: verify };
}

/**
 * `POST …/_compact`: frees the space of what was replaced, deleted or has expired, as far as it is worth
 * it. Goes on when the client is gone, as what the server does by itself would.
 */
export function compactHandlers(api: ApiContext, scopeOf: Scope): Resource["handlers"] {
  const { store } = api;
  const compact: Handler = (exchange) => {
    refuseContent(exchange);
    const scope = scopeOf(exchange);
    if (scope.database !== undefined) existing(api, scope.database);
    return answerLongWork(api, exchange, {
      run: async () => ({ databases: await store.compact(scope) }),
      progress: () => runningIn(api, scope.database),
    });
  };
  return { POST: compact };
}

/**
 * No content and no parameters are wanted. What a page of another site could send without asking first
 * is refused as in a write.
 */
function refuseContent(exchange: Exchange): void {
  refuseQuery(exchange.target.query);
  refuseOtherTypes(exchange);
}

const selected = ({ store }: ApiContext, database: string | undefined) =>
  store.status().databases.filter(({ name }) => database === undefined || name === database);

const bytesOf = (api: ApiContext, database: string | undefined): number =>
  selected(api, database).reduce((sum, { bytes }) => sum + bytes, 0);

/** The compaction that is going on, of the first database that has one; nothing between two of them. */
function runningIn(api: ApiContext, database: string | undefined): object {
  for (const { name, compaction } of selected(api, database)) {
    if (compaction.running !== undefined) return { database: name, ...compaction.running };
  }
  return {};
}
