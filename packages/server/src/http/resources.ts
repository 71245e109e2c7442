import { TrieRouter } from "hono/router/trie-router";

import type { RouteScope } from "../access/scope.ts";

import type { ApiApp, ApiContext } from "./api-context.ts";
import type { Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { toResponse, WebExchange } from "./exchange/web-exchange.ts";
import { ProblemError } from "./problem.ts";
import type { Bindings } from "./request-target.ts";
import { methods, runRoute, type Method, type Route } from "./route.ts";

/** What stands at a path, and what can be done with it. */
export interface Resource {
  /** A Hono path; it is matched before anything is decoded. */
  readonly path: string;
  readonly handlers: Readonly<Partial<Record<Method, Handler>>>;
  /**
   * What a token must allow, for all methods or for some. Default: `read` for `GET` and `write` for the
   * others. `OPTIONS` is open, always: browsers send it without a token.
   */
  readonly scope?: RouteScope | Readonly<Partial<Record<Exclude<Method, "OPTIONS">, RouteScope>>>;
  /** See Route. Default: false. */
  readonly isPatient?: boolean;
}

/**
 * Puts resources into an app. Of those that fit a path, the first counts. A request that fits none is
 * answered here too: 405 where there is something at the path, else 404. It is done there, and not by
 * a handler for all methods at each path, so that a request that does fit runs one handler only.
 */
export function mountResources(app: ApiApp, api: ApiContext, resources: readonly Resource[]): void {
  const respond = async (
    route: Route,
    request: Request,
    bindings: Bindings | undefined,
  ): Promise<Response> => {
    const exchange = new WebExchange(request, bindings, api);
    return toResponse(exchange.method, await runRoute(api, route, exchange), bindings?.sendLater);
  };
  const allowed = new TrieRouter<string>();
  for (const resource of resources) {
    const { path, handlers } = resource;
    const allow = allowOf(handlers);
    allowed.add("ALL", path, allow);
    const tellMethods: Handler = () => ({ status: 204, headers: { allow }, body: undefined });
    for (const route of routesOf({
      ...resource,
      handlers: { OPTIONS: tellMethods, ...handlers },
    })) {
      app.on(route.method, path, ({ req, env }) => respond(route, req.raw, env));
    }
  }
  const nowhere: Route = {
    path: "*",
    method: "*",
    // That there is nothing says nothing about what is stored.
    scope: "open",
    handle: (exchange) => {
      const { path } = exchange.target;
      const [allow] = allowed.match("ALL", path)[0][0] ?? [];
      throw allow === undefined ? noSuchRoute(path) : notAllowed(exchange, allow);
    },
  };
  app.notFound(({ req, env }) => respond(nowhere, req.raw, env));
}

/** What can be done with a resource, one by one. */
export const routesOf = ({
  path,
  handlers,
  scope,
  isPatient = false,
}: Resource): readonly Route[] =>
  methods.flatMap((method) => {
    const handle = handlers[method];
    if (handle === undefined) return [];
    return { path, method, handle, scope: scopeOf(method, scope), isPatient };
  });

function scopeOf(method: Method, declared: Resource["scope"]): RouteScope {
  if (method === "OPTIONS") return "open";
  const scope = typeof declared === "object" ? declared[method] : declared;
  return scope ?? (method === "GET" ? "read" : "write");
}

/** The value of `Allow`. */
export function allowOf(handlers: Resource["handlers"]): string {
  const named = Object.keys(handlers).filter((method) => method !== "OPTIONS");
  return [
    ...named.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method)),
    "OPTIONS",
  ].join(", ");
}

function notAllowed({ method }: Exchange, allow: string): ProblemError {
  return new ProblemError({
    code: "method_not_allowed",
    message: `${method} does not work here: use one of ${allow}`,
    headers: { allow },
  });
}

function noSuchRoute(path: string): ProblemError {
  return new ProblemError({
    code: "no_such_route",
    message: `there is nothing at ${path}. ${hintFor(path)}`,
  });
}

function hintFor(path: string): string {
  if (path.startsWith("/api/v2/_")) return "Names that begin with _ are the API's own";
  return /^\/api\/v[12]\/./.test(path)
    ? "A key is one segment of the path: write a slash within it as %2F"
    : "The API is at /api/v1 and /api/v2";
}
