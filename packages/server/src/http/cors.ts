import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

import type { Exchange } from "./exchange/exchange.ts";
import { ProblemError } from "./problem.ts";

/** Which pages of other sites may use the API: those of these origins, or of any (`*`). */
export type CorsOrigins = "*" | readonly string[];

/** What a page may read of an answer, beside the few headers that it always may. */
const exposeHeaders = [
  "Allow",
  "BoxerDB-Expires",
  "BoxerDB-Lag",
  "BoxerDB-Next-Offset",
  "BoxerDB-Offset",
  "ETag",
  "Idempotency-Replayed",
  "Link",
  "Location",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
];

/** For how long a browser need not ask again whether it may, in seconds. */
const maxAge = 600;

/** Whether pages of an origin, the value of `Origin`, may use the API. */
export const allowsOrigin = (origins: CorsOrigins | undefined, origin: string): boolean =>
  origins === "*" || origins?.includes(origin) === true;

/**
 * What lets a page read an answer that comes about before `allowOrigins` is asked; none where the request
 * is no page's, or that of one that may not.
 */
export function originHeaders(
  origins: CorsOrigins | undefined,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (origin === undefined || !allowsOrigin(origins, origin)) return {};
  return {
    "access-control-allow-origin": origins === "*" ? "*" : origin,
    "access-control-expose-headers": exposeHeaders.join(","),
    vary: "Origin",
  };
}

/**
 * Lets pages of other origins use the API, as far as a token of theirs allows (CORS). Cookies and the
 * like have no effect here, so browsers are not told to send them along. The requests of everybody else,
 * and an `OPTIONS` that asks for something else, pass as if this were not there.
 */
export function allowOrigins(origins: CorsOrigins): MiddlewareHandler {
  const answer = cors({
    origin: origins === "*" ? origins : [...origins],
    allowMethods: ["GET", "HEAD", "PUT", "POST", "DELETE"],
    exposeHeaders,
    maxAge,
  });
  return async (context, next) => {
    const { req } = context;
    const isOther =
      req.header("origin") === undefined ||
      (req.method === "OPTIONS" && req.header("access-control-request-method") === undefined);
    return isOther ? await next() : await answer(context, next);
  };
}

/**
 * Refuses what a page of another site asks for, unless its origin may use the API. It could not read the
 * answer anyhow: this is for reads whose work is too much to be had for nothing. Browsers of today say by
 * `Sec-Fetch-Site` from where they ask, of an image or a link as well, and no page can have them say else.
 *
 * @throws ProblemError (other_site)
 */
export function refuseOtherSites(exchange: Exchange, origins: CorsOrigins | undefined): void {
  const site = exchange.header("sec-fetch-site");
  if (site !== "cross-site" && site !== "same-site") return;
  const origin = exchange.header("origin");
  if (origin !== undefined && allowsOrigin(origins, origin)) return;
  throw new ProblemError({
    code: "other_site",
    message: "pages of other sites may not ask for this: --cors-origins names those that may",
  });
}
