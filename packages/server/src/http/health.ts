import type { ApiContext } from "./api-context.ts";
import { refuseQuery } from "./query.ts";
import { requestTarget } from "./request-target.ts";
import { allowOf, type Handler, type Resource } from "./resources.ts";

/** Whether a question of a load balancer is answered with 200, and if not, why. */
interface Health {
  readonly ok: boolean;
  readonly reason?: string;
}

/**
 * What load balancers ask: `GET`, `HEAD` and `OPTIONS` answer 200 or 503, as Patroni's do.
 * `/livez`: the process runs. `/readyz`: it can do its work, reads on any node and writes on a leader.
 * `/leader`, `/follower`: it is that, and ready.
 */
export function healthResources(api: ApiContext): readonly Resource[] {
  const ready = (): Health => readiness(api);
  const readyAs = (role: "leader" | "follower") => (): Health =>
    api.node.role === role ? ready() : { ok: false, reason: `this node is a ${api.node.role}` };
  return [
    healthResource("/livez", () => ({ ok: true })),
    healthResource("/readyz", ready),
    healthResource("/leader", readyAs("leader")),
    healthResource("/follower", readyAs("follower")),
  ];
}

function readiness({ node, store, isClosing }: ApiContext): Health {
  if (isClosing()) return { ok: false, reason: "the node is shutting down" };
  for (const { name, poisoned } of store.status().databases) {
    if (poisoned !== undefined) {
      return { ok: false, reason: `database ${name} takes no writes: ${poisoned.message}` };
    }
  }
  const { ready, reason } = node.readiness();
  return reason === undefined ? { ok: ready } : { ok: ready, reason };
}

function healthResource(path: string, examine: () => Health): Resource {
  const get: Handler = (request) => {
    refuseQuery(requestTarget(request.req.raw, request.env).query);
    const { ok, reason } = examine();
    const body = JSON.stringify(ok ? { status: "ok" } : { status: "unavailable", reason });
    return new Response(body, {
      status: ok ? 200 : 503,
      headers: { "content-type": "application/json", "cache-control": "no-store" },
    });
  };
  const options: Handler = () =>
    new Response(null, {
      status: examine().ok ? 200 : 503,
      headers: { allow: allowOf({ GET: get }), "cache-control": "no-store" },
    });
  return { path, handlers: { GET: get, OPTIONS: options } };
}
