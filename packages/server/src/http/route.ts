import type { RouteScope } from "../access/scope.ts";

import type { ApiContext } from "./api-context.ts";
import type { Answer, Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { answerElsewhere } from "./forwarding/answer-elsewhere.ts";
import { failureAnswer, reportAnswer } from "./request-report.ts";

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
  /** It takes as long as its client wants, as a feed or an import: it is not logged as slow. */
  readonly isPatient?: boolean;
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
  const startedMs = api.monotonicMs();
  api.metrics.requests.begun();
  let answer: Answer;
  try {
    if (route.scope !== "open") api.access?.admit(exchange, route.scope);
    const handled = route.handle(exchange);
    if (handled instanceof Promise) return reportLater(api, route, exchange, handled, startedMs);
    answer = handled;
  } catch (error) {
    const elsewhere = answerElsewhere(api, route, exchange, error);
    if (elsewhere !== undefined) return reportLater(api, route, exchange, elsewhere, startedMs);
    answer = failureAnswer(api, exchange, error);
  }
  return reportAnswer(api, route, exchange, answer, startedMs);
}

function reportLater(
  api: ApiContext,
  route: Route,
  exchange: Exchange,
  answer: Promise<Answer>,
  startedMs: number,
): Promise<Answer> {
  const report = (answer: Answer): Answer => reportAnswer(api, route, exchange, answer, startedMs);
  const fail = (error: unknown): Answer => report(failureAnswer(api, exchange, error));
  return answer.then(report, (error: unknown) => {
    const elsewhere = answerElsewhere(api, route, exchange, error);
    return elsewhere === undefined ? fail(error) : elsewhere.then(report, fail);
  });
}
