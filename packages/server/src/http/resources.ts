import type { Context } from "hono";
import { TrieRouter } from "hono/router/trie-router";

import type { ApiApp, ApiEnvironment } from "./api-context.ts";
import { ProblemError } from "./problem.ts";

/** A request, as a handler gets it. */
export type ApiRequest = Context<ApiEnvironment>;

export type Handler = (request: ApiRequest) => Response | Promise<Response>;

/** Methods that a resource may have a handler for. `HEAD` goes to `GET`, without the body. */
type Method = "GET" | "PUT" | "POST" | "DELETE" | "OPTIONS";

/** What stands at a path, and what can be done with it. */
export interface Resource {
  /** A Hono path; it is matched before anything is decoded. */
  readonly path: string;
  readonly handlers: Readonly<Partial<Record<Method, Handler>>>;
}

/**
 * Puts resources into an app. Of those that fit a path, the first counts. A request that fits none is
 * answered here too: 405 where there is something at the path, else 404. It is done there, and not by
 * a handler for all methods at each path, so that a request that does fit runs one handler only.
 */
export function mountResources(app: ApiApp, resources: readonly Resource[]): void {
  const allowed = new TrieRouter<string>();
  for (const { path, handlers } of resources) {
    const allow = allowOf(handlers);
    allowed.add("ALL", path, allow);
    if (handlers.OPTIONS === undefined) {
      app.options(path, () => new Response(null, { status: 204, headers: { allow } }));
    }
    for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  }
  app.notFound((request) => {
    const [allow] = allowed.match("ALL", request.req.path)[0][0] ?? [];
    throw allow === undefined ? noSuchRoute(request.req.path) : notAllowed(request, allow);
  });
}

/** The value of `Allow`. */
export function allowOf(handlers: Resource["handlers"]): string {
  const methods = Object.keys(handlers).filter((method) => method !== "OPTIONS");
  return [
    ...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method)),
    "OPTIONS",
  ].join(", ");
}

function notAllowed(request: ApiRequest, allow: string): ProblemError {
  return new ProblemError({
    code: "method_not_allowed",
    message: `${request.req.method} does not work here: use one of ${allow}`,
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
