import { NoLeaderError, NotLeaderError } from "@boxerdb/replication";

import { defaultName, type ApiContext } from "../api-context.ts";
import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { databaseOf } from "../key-address.ts";
import type { Route } from "../route.ts";

import { forwardedByHeader } from "./forwarded-headers.ts";

/**
 * What comes of a write that failed here as another node leads: the leader's answer, where writes are
 * handed on. Undefined where they are not, or it failed for another reason: `error` is the answer then.
 * Rejects with NoLeaderError where another node has taken this one for the leader: who leads is in flux.
 */
export function answerElsewhere(
  api: ApiContext,
  route: Route,
  exchange: Exchange,
  error: unknown,
): Promise<Answer> | undefined {
  const { method, scope } = route;
  if (!(error instanceof NotLeaderError) || method === "GET" || scope === "read") return undefined;
  const database = databaseOf(exchange.target.path) ?? defaultName;
  if (exchange.header(forwardedByHeader) !== undefined) {
    return Promise.reject(new NoLeaderError(database));
  }
  // What is left of a body that was read in part is no request.
  if (exchange.isBodyTaken) return undefined;
  const { leaderUrl } = error;
  const limitBytes = bodyLimitOf(api, route);
  return api.forwarding?.forward(exchange, { leaderUrl, database, limitBytes });
}

/** The longest body of a route, in bytes: an import has any. */
function bodyLimitOf({ maxBodyBytes, maxBatchBodyBytes }: ApiContext, route: Route): number {
  if (route.isPatient === true) return Infinity;
  return route.path.endsWith("/_batch") ? maxBatchBodyBytes : maxBodyBytes;
}
