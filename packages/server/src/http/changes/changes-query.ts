import { logOffset, type LogOffset } from "@boxerdb/engine";
import { z } from "zod";

import type { Exchange } from "../exchange/exchange.ts";
import { eventsType, linesType, namesInAccept } from "../media-type.ts";
import { ProblemError } from "../problem.ts";
import { booleanParameter, parseQuery, wholeParameter } from "../query.ts";

/** The longest that a request may wait for its first change, in seconds. */
export const maxWaitSeconds = 300;

const waitError = `must be a number of seconds from 0 to ${maxWaitSeconds}, such as 30 or 0.5`;

export const changesQuery = z
  .strictObject({
    from: z.union([z.literal("now"), wholeParameter(0, Number.MAX_SAFE_INTEGER)], {
      error: 'must be an offset, a whole number from 0, or "now"',
    }),
    collection: z.string(),
    prefix: z.string(),
    limit: wholeParameter(1, Number.MAX_SAFE_INTEGER),
    wait: z
      .string()
      .regex(/^\d{1,3}(\.\d{1,3})?$/, { error: waitError })
      .transform(Number)
      .pipe(z.number().max(maxWaitSeconds, { error: waitError })),
    follow: booleanParameter,
  })
  .partial()
  .refine(({ prefix, collection }) => prefix === undefined || collection !== undefined, {
    path: ["prefix"],
    error: "needs collection: name the collection whose keys it means",
  })
  .refine(({ wait, follow }) => wait === undefined || follow !== true, {
    path: ["wait"],
    error: "does not go with follow, which waits for ever",
  });

/** Which changes are wanted. */
export interface ChangeSelection {
  readonly collection?: string;
  readonly prefix?: string;
}

/**
 * How changes are wanted: `stream`, all there are now, as they are read; `page`, at most some of
 * them, put together before they are sent, after waiting for the first one if so told; `events` and
 * `follow`, all there will ever be, as Server-Sent Events and as NDJSON.
 */
export type ChangesForm =
  | { readonly kind: "stream" }
  | { readonly kind: "page"; readonly limit: number; readonly waitMs: number }
  | { readonly kind: "events" | "follow"; readonly limit: number };

/** What a request for changes asks for. */
export interface ChangesWish {
  /** Where to begin; undefined for the present end. */
  readonly from: LogOffset | undefined;
  readonly selection: ChangeSelection;
  readonly form: ChangesForm;
}

/**
 * Reads a request for changes: its query, and the headers `Accept` and `Last-Event-ID`.
 *
 * @throws ProblemError (invalid_query, invalid_header) naming what is not valid.
 */
export function changesWish(exchange: Pick<Exchange, "target" | "header">): ChangesWish {
  const query = parseQuery(exchange.target.query, changesQuery);
  const { collection, prefix } = query;
  return {
    from: lastSeen(exchange.header("last-event-id")) ?? startOf(query.from),
    selection: {
      ...(collection === undefined ? {} : { collection }),
      ...(prefix === undefined ? {} : { prefix }),
    },
    form: formOf(query, exchange.header("accept")),
  };
}

function formOf(
  { limit, wait, follow }: z.output<typeof changesQuery>,
  accept: string | undefined,
): ChangesForm {
  const atMost = limit ?? Number.POSITIVE_INFINITY;
  if (prefersEvents(accept)) return { kind: "events", limit: atMost };
  if (follow === true) return { kind: "follow", limit: atMost };
  if (limit === undefined && wait === undefined) return { kind: "stream" };
  return { kind: "page", limit: atMost, waitMs: (wait ?? 0) * 1000 };
}

/** Whether Server-Sent Events are asked for by name, and lines are not preferred to them. */
export const prefersEvents = (accept: string | undefined): boolean =>
  namesInAccept(accept, eventsType, [linesType]);

const startOf = (from: number | "now" | undefined): LogOffset | undefined =>
  from === "now" ? undefined : logOffset(from ?? 0);

/** Where a client goes on that has seen the event of this id; undefined where it has seen none. */
function lastSeen(eventId: string | undefined): LogOffset | undefined {
  if (eventId === undefined || eventId === "") return undefined;
  if (/^\d{1,15}$/.test(eventId)) return logOffset(Number(eventId) + 1);
  throw new ProblemError({
    code: "invalid_header",
    message: "Last-Event-ID must be the id of an event of this feed, which is an offset",
    members: { header: "Last-Event-ID" },
  });
}
