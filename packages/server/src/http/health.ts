import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import { jsonAnswer } from "./data-answer.ts";
import type { Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { parseQuery, wholeParameter } from "./query.ts";
import { allowOf, type Resource } from "./resources.ts";

/**
 * Whether a question of a load balancer is answered with 200, and if not, why: without names of what is
 * stored and messages of errors, as anybody may ask. `/status` has those.
 */
interface Health {
  readonly ok: boolean;
  readonly reason?: string;
}

/**
 * What load balancers ask: `GET`, `HEAD` and `OPTIONS` answer 200 or 503, as Patroni's do.
 * `/livez`: the process runs. `/readyz`: it can do its work, reads on any node and writes on a leader; one
 * that lost its write quorum goes on reading, and is not ready.
 * `/leader`, `/follower`: it is that, and ready; `?lag=n`: and at most n records behind in all that it follows.
 * Where leaders are elected, a node may lead one database and follow another: it is both then.
 */
export function healthResources(api: ApiContext): readonly Resource[] {
  const ready = (): Health => readiness(api);
  const takesWrites = (): Health => readiness(api, { isLeading: true });
  const isFollower = (): boolean =>
    api.node.role === "follower" ||
    api.node.status().databases.some(({ role }) => role === "follower");
  const readyAs = (role: "leader" | "follower") => (): Health => {
    const is = role === "leader" ? api.node.role === "leader" : isFollower();
    if (!is) return { ok: false, reason: `this node is a ${api.node.role}` };
    return role === "leader" ? takesWrites() : ready();
  };
  return [
    healthResource("/livez", () => ({ ok: true }), noParameters),
    healthResource("/readyz", ready, noParameters),
    healthResource("/leader", readyAs("leader"), noParameters),
    healthResource("/follower", ({ lag }) => follower(api, readyAs("follower")(), lag), lagQuery),
  ];
}

const noParameters = z.strictObject({});
export const lagQuery = z.strictObject({
  lag: wholeParameter(0, Number.MAX_SAFE_INTEGER).optional(),
});

/** A follower is in order if no database that it follows is further behind than `lag` records, as far as is known now. */
function follower({ node, store }: ApiContext, ready: Health, lag: number | undefined): Health {
  if (!ready.ok || lag === undefined) return ready;
  for (const { name } of store.databases()) {
    const behind = node.lag(name);
    if (behind === undefined) continue; // It leads that one.
    const { records, isReached } = behind;
    if (!isReached) return { ok: false, reason: `the leader does not answer: ${seeStatus}` };
    if (records === undefined || records > lag) {
      return { ok: false, reason: `a database is too far behind: ${seeStatus}` };
    }
  }
  return ready;
}

/** `isLeading`: whether it leads is asked for, and not whether all that it copies can be read. */
function readiness(
  { node, store, isClosing }: ApiContext,
  { isLeading } = { isLeading: false },
): Health {
  if (isClosing()) return { ok: false, reason: "the node is shutting down" };
  if (store.status().databases.some(({ poisoned }) => poisoned !== undefined)) {
    return { ok: false, reason: `a database takes no writes: ${seeStatus}` };
  }
  const { ready, isCatchingUp = false } = node.readiness();
  if (ready || (isCatchingUp && isLeading)) return { ok: true };
  if (isCatchingUp)
    return { ok: false, reason: `a copy of a database is catching up: ${seeStatus}` };
  const what =
    node.role === "leader" ? "it does not take all writes" : "it does not follow its leader";
  return { ok: false, reason: `${what}: ${seeStatus}` };
}

const seeStatus = "see /status";

function healthResource<Parameters>(
  path: string,
  examine: (parameters: Parameters) => Health,
  schema: z.ZodType<Parameters>,
): Resource {
  const ask = ({ target }: Exchange): Health => examine(parseQuery(target.query, schema));
  const get: Handler = (exchange) => {
    const { ok, reason } = ask(exchange);
    const headers = { "content-type": "application/json", "cache-control": "no-store" };
    const body = ok ? { status: "ok" } : { status: "unavailable", reason };
    return jsonAnswer(body, headers, ok ? 200 : 503);
  };
  const options: Handler = (exchange) => ({
    status: ask(exchange).ok ? 200 : 503,
    headers: { allow: allowOf({ GET: get }), "cache-control": "no-store" },
    body: undefined,
  });
  // Load balancers ask without a token, and learn nothing of what is stored.
  return { path, handlers: { GET: get, OPTIONS: options }, scope: "open" };
}
