/**
 * What a read asks of the node that answers it, beside its place: `?consistency=`, the header
 * `BoxerDB-Min-Offset`, and `?wait=`, how long to wait for that offset.
 */
import { AbortError, logOffset, type Database, type LogOffset } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { ProblemError } from "./problem.ts";
import { parseQuery, wholeParameter } from "./query.ts";

/** How long a read waits for its offset unless it says otherwise, and at most. In seconds. */
export const defaultWait = 5;
export const maxWait = 60;

/** The parameters of every read, for the schema of its query. */
export const readParameters = {
  consistency: z
    .enum(["local", "leader", "linearizable"], {
      error: "must be local, leader or linearizable",
    })
    .default("local"),
  wait: wholeParameter(0, maxWait).default(defaultWait),
};

export const readQuery = z.strictObject(readParameters);

/** What a read asks for. `wait` in seconds. */
export type ReadTerms = z.output<typeof readQuery>;

const plainTerms: ReadTerms = { consistency: "local", wait: defaultWait };

/** The terms of a read that has no other parameters. Throws as `parseQuery`. */
export const readTermsOf = (query: string | undefined): ReadTerms =>
  query === undefined || query === "" ? plainTerms : parseQuery(query, readQuery);

/**
 * Resolves when a read may be done here under its terms; undefined where it may at once.
 *
 * - `local`: what is committed as far as this node knows, where that is a state that the leader was in.
 * - `leader`: only where this node leads; NotLeaderError elsewhere, which names the leader.
 * - `linearizable`: all that was acknowledged before the request came; NotEnoughReplicasError where
 *   the leader cannot make sure of that.
 *
 * @throws ProblemError (invalid_header), CatchingUpError; rejects with CatchingUpError, and with ProblemError
 * (offset_not_reached) where the offset has not come in time.
 */
export function admitRead(
  { node }: ApiContext,
  exchange: Exchange,
  database: Database,
  { consistency, wait }: ReadTerms,
): Promise<void> | undefined {
  const minOffset = minOffsetOf(exchange.header("boxerdb-min-offset"));
  const isThere = minOffset === undefined || database.open?.hasApplied(minOffset) === true;
  if (consistency === "local" && isThere) {
    database.assertWhole();
    return undefined;
  }
  return (async () => {
    if (consistency !== "local") await node.confirmRead(database.name, consistency);
    if (!isThere) await reached(database, minOffset, wait, exchange.closed);
    database.assertWhole();
  })();
}

function minOffsetOf(text: string | undefined): LogOffset | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return logOffset(Number(text));
  throw new ProblemError({
    code: "invalid_header",
    message: `BoxerDB-Min-Offset: ${text} is not an offset: give a whole number from 0 on`,
    members: { header: "boxerdb-min-offset" },
  });
}

async function reached(
  database: Database,
  minOffset: LogOffset,
  wait: number,
  closed: AbortSignal,
): Promise<void> {
  const isOver = wait === 0 ? AbortSignal.abort() : AbortSignal.timeout(wait * 1_000);
  try {
    await database.applied(minOffset, AbortSignal.any([closed, isOver]));
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    throw offsetNotReached(database, minOffset, wait, error);
  }
}

/** An offset has not come to this node in the time that a request was ready to wait, in seconds. */
export function offsetNotReached(
  database: Database,
  minOffset: number,
  wait: number,
  cause: AbortError,
): ProblemError {
  const offset = (database.open?.highWatermark ?? 0) - 1;
  return new ProblemError(
    {
      code: "offset_not_reached",
      message:
        `offset ${minOffset} of "${database.name}" has not come to this node, with all before it, within ${wait} s: ` +
        "try again, or read from the leader",
      members: { minOffset, offset: offset < 0 ? null : offset },
      headers: { "retry-after": "1" },
    },
    { cause },
  );
}
