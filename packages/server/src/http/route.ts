import type { RouteScope } from "../access/scope.ts";

import type { ApiContext } from "./api-context.ts";
import { problemOf } from "./error-problem.ts";
import type { Answer, Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { problemAnswer, statusOf } from "./problem.ts";

/** Methods that a resource may have a handler for. `HEAD` goes to `GET`, without the body. */
export const methods = ["GET", "PUT", "POST", "DELETE", "OPTIONS"] as const;
export type Method = (typeof methods)[number];

/** One thing that can be asked for: what fits the path and the method is given to the handler. */
export interface Route {
  /** As in `/api/v1/:key`; `*` is all that nothing stands at. */
  readonly path: string;
  readonly method: Method | "*";
  /** What a token must allow for it. */
  readonly scope: RouteScope;
  readonly handle: Handler;
}

/**
 * What every request goes through, whichever way it came in. Never throws. A handler that answers at
 * once is answered for at once: the fast reads need no promise.
 */
export function runRoute(
  api: ApiContext,
  route: Route,
  exchange: Exchange,
): Answer | Promise<Answer> {
  try {
    if (route.scope !== "open") api.access?.admit(exchange, route.scope);
    const answer = route.handle(exchange);
    return answer instanceof Promise
      ? answer.catch((error: unknown) => answerFailure(api, exchange, error))
      : answer;
  } catch (error) {
    return answerFailure(api, exchange, error);
  }
}

function answerFailure({ log, refusals }: ApiContext, exchange: Exchange, error: unknown): Answer {
  const problem = problemOf(error);
  refusals.count(problem.code);
  if (statusOf(problem) >= 500) {
    const { requestId, method, target } = exchange;
    const level = statusOf(problem) === 500 ? "error" : "warn";
    log[level]({ err: error, requestId, method, path: target.path }, `answered ${problem.code}`);
  }
  return problemAnswer(problem);
}
