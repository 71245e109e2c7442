import type { IncomingMessage } from "node:http";

import type { ApiContext } from "./api-context.ts";
import { keyHandlers } from "./keys.ts";
import { routesOf } from "./resources.ts";
import type { Route } from "./route.ts";

/** A longer body takes the way of all others, which knows how to refuse one that still arrives. */
const hotBodyBytes = 64 * 1024;

/**
 * The routes to single keys, found without a router. They answer the same as by way of Hono; what
 * they save is its routing and the web's `Request` and `Response`, about half of the time of a read.
 */
export class HotRoutes {
  readonly #short: ReadonlyMap<string, Route>;
  readonly #long: ReadonlyMap<string, Route>;

  constructor(api: ApiContext) {
    const handlers = keyHandlers(api);
    const byMethod = (path: string): ReadonlyMap<string, Route> => {
      const routes = new Map(routesOf({ path, handlers }).map((route) => [route.method, route]));
      const read = routes.get("GET");
      return new Map([...routes, ...(read === undefined ? [] : [["HEAD", read] as const])]);
    };
    this.#short = byMethod("/api/v1/:key");
    this.#long = byMethod("/api/v2/:database/:collection/:key");
  }

  /** The route of a request to a single key; undefined where another way is to decide. */
  of({ method = "", url = "", headers }: IncomingMessage, path: string): Route | undefined {
    // A whole URL goes the way on which all of it is looked at.
    if (!url.startsWith("/")) return undefined;
    const isShort = isShortKeyPath(path);
    if (!isShort && !isLongKeyPath(path)) return undefined;
    // A request of a page goes the way on which its origin is looked at.
    if (headers.origin !== undefined || headers["transfer-encoding"] !== undefined)
      return undefined;
    if (Number(headers["content-length"] ?? 0) > hotBodyBytes) return undefined;
    return (isShort ? this.#short : this.#long).get(method);
  }
}

const shortBase = "/api/v1/";
const longBase = "/api/v2/";

/** Whether a path is `/api/v1/<key>`. */
const isShortKeyPath = (path: string): boolean =>
  path.startsWith(shortBase) &&
  path.length > shortBase.length &&
  !path.includes("/", shortBase.length);

/** Whether a path is `/api/v2/<database>/<collection>/<key>`, no name with a leading underscore. */
function isLongKeyPath(path: string): boolean {
  if (!path.startsWith(longBase)) return false;
  const collection = path.indexOf("/", longBase.length) + 1;
  const key = collection === 0 ? 0 : path.indexOf("/", collection) + 1;
  return (
    key !== 0 &&
    isName(path, longBase.length, collection - 1) &&
    isName(path, collection, key - 1) &&
    key < path.length &&
    !path.includes("/", key)
  );
}

const isName = (path: string, start: number, end: number): boolean =>
  end > start && path[start] !== "_";
