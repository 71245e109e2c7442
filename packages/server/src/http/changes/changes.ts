import { logOffset, type Database, type LogOffset } from "@boxerdb/engine";

import type { ApiContext } from "../api-context.ts";
import { freshnessHeaders } from "../data-answer.ts";
import { existing } from "../databases.ts";
import { problemOf } from "../error-problem.ts";
import type { Answer, Handler } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { databaseAddress } from "../key-address.ts";
import { nextLink } from "../next-link.ts";
import { ProblemError, statusOf, type Problem } from "../problem.ts";
import type { Resource } from "../resources.ts";

import { eventFormat, lineFormat } from "./change-format.ts";
import { readChangePage } from "./change-page.ts";
import { changesWish } from "./changes-query.ts";
import { LastingChanges } from "./lasting-changes.ts";
import { PresentChanges } from "./present-changes.ts";
import { offsetPurged } from "./purged-problem.ts";
import { Turnstile } from "./turnstile.ts";

/** Most of what stands between us and a client takes a connection for dead after 60 s of silence. */
const heartbeatMs = 15_000;

/** Caches and buffers between us and the client have to pass on what comes as it comes. */
const lastingHeaders = { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" };

/**
 * `GET /api/v2/<database>/_changes`: the log as a feed of committed changes, in the order of their
 * offsets. As lines of JSON up to the present end, in pages (`limit`, `wait`) that tell where the next
 * one begins, or for ever (`follow`); or as Server-Sent Events, for ever.
 */
export function changesHandlers(api: ApiContext): Resource["handlers"] {
  const turnstile = new Turnstile();
  const changes: Handler = async (exchange) => {
    const database = existing(api, databaseAddress(exchange.target.path));
    const wish = changesWish(exchange);
    const { selection, form } = wish;
    const from = wish.from ?? database.open?.highWatermark ?? logOffset(0);
    assertHas(api, database, from);
    database.assertWhole();
    const headers = freshnessHeaders(api, database);
    const onFailure = (error: unknown): Problem => failureProblem(api, exchange, error);
    switch (form.kind) {
      case "page": {
        const giveUp = AbortSignal.any([exchange.closed, api.stopping]);
        const { text, next } = await readChangePage(
          database,
          { from, selection, turnstile, ...form },
          giveUp,
        );
        const link = nextLink(exchange.target, "from", String(next));
        return linesAnswer({ ...headers, "boxerdb-next-offset": String(next), link }, text);
      }
      case "stream": {
        const feed = database.changes({ ...selection, from, live: false });
        return linesAnswer(headers, new PresentChanges(feed, turnstile, onFailure));
      }
      case "events":
      case "follow": {
        const format = form.kind === "events" ? eventFormat : lineFormat;
        const { limit } = form;
        const { stopping } = api;
        const options = { format, limit, turnstile, heartbeatMs, stopping, onFailure };
        return {
          status: 200,
          headers: { ...headers, ...lastingHeaders, "content-type": format.contentType },
          body: new LastingChanges(database.changes({ ...selection, from }), options),
        };
      }
    }
  };
  return { GET: changes };
}

const linesAnswer = (headers: Readonly<Record<string, string>>, body: Answer["body"]): Answer => ({
  status: 200,
  headers: { ...headers, "content-type": lineFormat.contentType },
  body,
});

/**
 * Throws ProblemError where a client must not go on at `from`: (offset_ahead) on a leader whose log has
 * not come as far, as then the client has seen another log; a follower may just be behind.
 * (offset_purged) where deletions from there on are gone; whoever begins at 0 needs none of them.
 */
function assertHas({ node }: ApiContext, database: Database, from: LogOffset): void {
  const log = database.open?.log;
  // The first record of a log tells of no key: 1 is the start, also before there is a log.
  const endOffset = Math.max(log?.endOffset ?? 0, 1);
  if (from > endOffset && node.role === "leader") {
    throw new ProblemError({
      code: "offset_ahead",
      message:
        `the log of "${database.name}" ends at offset ${endOffset}, so offset ${from} is of another ` +
        "one, of before it was dropped or restored: drop what was built from it and start from 0",
      members: { from, endOffset },
    });
  }
  if (log !== undefined && from !== 0 && from < log.purgeFloor) {
    throw offsetPurged(from, log.purgeFloor);
  }
}

/** What a client is told of a feed that broke off; the log tells more where it is our fault. */
function failureProblem({ log }: ApiContext, exchange: Exchange, error: unknown): Problem {
  const problem = problemOf(error);
  if (statusOf(problem) >= 500) {
    const { requestId, method, target } = exchange;
    log.error({ err: error, requestId, method, path: target.path }, `told ${problem.code}`);
  }
  return problem;
}
