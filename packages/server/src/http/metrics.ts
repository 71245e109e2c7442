import { expositionType } from "../metrics/exposition.ts";

import type { ApiContext } from "./api-context.ts";
import type { Handler } from "./exchange/answer.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

/** `GET /metrics`: what Prometheus scrapes. */
export function metricsResource(api: ApiContext): Resource {
  const get: Handler = async ({ target }) => {
    refuseQuery(target.query);
    const headers = { "content-type": expositionType, "cache-control": "no-store" };
    return { status: 200, headers, body: await api.metrics.scrape(api) };
  };
  return { path: "/metrics", handlers: { GET: get } };
}
