import { routeLabel } from "../metrics/request-metrics.ts";

import type { ApiContext } from "./api-context.ts";
import { problemOf } from "./error-problem.ts";
import { bodyBytes, type Answer } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { problemAnswer, statusOf } from "./problem.ts";
import type { RequestTarget } from "./request-target.ts";
import type { Route } from "./route.ts";

/** Counts a request that is about to be answered, and logs it where somebody wants to know of it. */
export function reportAnswer(
  api: ApiContext,
  route: Route,
  exchange: Exchange,
  handled: Answer,
  startedMs: number,
): Answer {
  const { metrics, log, slowRequestMs } = api;
  const answer = withinMemory(api, handled);
  const durationMs = api.monotonicMs() - startedMs;
  metrics.requests.answered(route.path, exchange.method, answer.status, durationMs);
  const isSlow = durationMs > slowRequestMs && slowRequestMs > 0 && route.isPatient !== true;
  if (!isSlow && !log.isLevelEnabled("debug")) return answer;
  const { method, target, requestId } = exchange;
  const fields = {
    requestId,
    method,
    url: urlOf(target),
    route: routeLabel(route.path),
    status: answer.status,
    durationMs: Math.round(durationMs * 1000) / 1000,
    // Of an answer that comes over time nobody knows yet.
    bytes: bodyBytes(answer.body),
  };
  if (isSlow) log.warn(fields, `slow request: it took ${(durationMs / 1000).toFixed(1)} s`);
  else log.debug(fields, "request");
  return answer;
}

/** The answer, if there is room for it until its client has taken it; else that there is none. */
function withinMemory({ transfers, refusals }: ApiContext, answer: Answer): Answer {
  const { body } = answer;
  const length = typeof body === "string" || body instanceof Uint8Array ? body.length : 0;
  if (transfers.hasRoomFor(length)) return answer;
  const problem = transfers.fullProblem();
  refusals.count(problem.code);
  return problemAnswer(problem);
}

/** Makes the answer to a request that failed, and logs what an operator must know of it. */
export function failureAnswer(api: ApiContext, exchange: Exchange, error: unknown): Answer {
  const { log, warnings, refusals } = api;
  const problem = problemOf(error);
  const status = statusOf(problem);
  refusals.count(problem.code);
  if (status >= 500) {
    const { requestId, method, target } = exchange;
    const { code, message } = problem;
    const fields = { requestId, method, url: urlOf(target), code };
    if (status === 500) log.error({ ...fields, err: error }, `answered ${code}`);
    // Foreseen: a cluster that lacks a node refuses many writes, and where in the code does not matter.
    else warnings.warn(code, fields, `answered ${code}: ${message}`);
  }
  return problemAnswer(problem);
}

const urlOf = ({ path, query }: RequestTarget): string =>
  query === undefined ? path : `${path}?${query}`;
