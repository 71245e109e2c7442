import type { Database } from "@boxerdb/engine";
import { z } from "zod";

import { lineBlocks } from "../../documents/line-blocks.ts";
import { defaultName, type ApiContext } from "../api-context.ts";
import { problemOf } from "../error-problem.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { ProblemError, type Problem } from "../problem.ts";
import { booleanParameter, wholeParameter } from "../query.ts";

import { BatchWriter } from "./batch-writer.ts";
import { decodedBody } from "./body-decoding.ts";
import { importBatches } from "./import-batch.ts";
import type { ImportProgress } from "./import-progress.ts";
import { StoredLines } from "./stored-lines.ts";

/** After how many documents the log hears of an import that goes on. */
const tellEvery = 1_000_000;

/** What the query of an import may say. */
export const importQuery = z.strictObject({
  /** For documents that name none. */
  collection: z.string().default(defaultName),
  durability: z.enum(["disk", "os"], { error: "must be disk or os" }).optional(),
  /** The number that the first line of the body has in the import. */
  firstLine: wholeParameter(1, Number.MAX_SAFE_INTEGER).default(1),
  /** Whether another request brings more lines. */
  more: booleanParameter.default(false),
});

/** One request of an import. */
export interface ImportRequest {
  readonly database: Database;
  /** Under which the progress is kept; undefined where it is not. */
  readonly id: string | undefined;
  readonly query: z.output<typeof importQuery>;
  /** What is stored already. */
  readonly begun: ImportProgress;
  /** Ends the request when another one goes on with the import. */
  readonly superseded: AbortSignal | undefined;
}

/**
 * Stores the documents of a body, a batch at a time, and resolves to what is stored of the import then.
 * Memory holds a few batches and one line.
 *
 * @throws ProblemError that tells in `documents` and `lines` how much is stored.
 */
export async function runImport(
  api: ApiContext,
  exchange: Exchange,
  request: ImportRequest,
): Promise<ImportProgress> {
  const { database, id, query, begun } = request;
  const { node, log } = api;
  const { collection, durability, firstLine } = query;
  const stored = new StoredLines(begun, firstLine, collection);
  const target = { database, node, durability, id, from: stored.from };
  const writer = new BatchWriter(target, begun);
  const place = { requestId: exchange.requestId, database: database.name, importId: id };
  try {
    await writeBody(api, exchange, request, stored, writer);
    const done = await writer.finish();
    const { documents, lines, offset } = done;
    log.info({ ...place, documents, lines, offset }, "an import is stored");
    return done;
  } catch (cause) {
    const { documents, lines } = await writer.settled();
    const problem = request.superseded?.aborted === true ? superseded : problemOf(cause);
    log.info({ ...place, documents, lines, code: problem.code }, "an import has stopped");
    const members = { ...problem.members, documents, lines };
    throw new ProblemError({ ...problem, members }, { cause });
  }
}

async function writeBody(
  { maxBodyBytes, log }: ApiContext,
  exchange: Exchange,
  { database, id, query, begun, superseded }: ImportRequest,
  stored: StoredLines,
  writer: BatchWriter,
): Promise<void> {
  const { collection, firstLine, more } = query;
  refuseGap(firstLine, begun);
  const body = decodedBody(exchange, superseded);
  const blocks = lineBlocks(body, { maxLineBytes: maxBodyBytes, firstNumber: firstLine });
  let told = begun.documents;
  for await (const batch of importBatches(blocks, { collection, firstLine, stored })) {
    await writer.write(batch, batch.isLast && !more);
    const { documents } = writer.progress;
    if (documents - told < tellEvery) continue;
    told = documents;
    const place = { requestId: exchange.requestId, database: database.name, importId: id };
    log.info({ ...place, documents }, "an import goes on");
  }
}

/** Where lines are missing between what is stored and what comes, something went wrong. */
function refuseGap(firstLine: number, { documents, lines }: ImportProgress): void {
  if (documents === 0 || firstLine <= lines + 1) return;
  throw new ProblemError({
    code: "invalid_query",
    message:
      `"firstLine" leaves lines out: this import is stored up to line ${lines}, so the next request ` +
      `begins with line ${lines + 1} or one before it`,
    members: { parameter: "firstLine" },
  });
}

const superseded: Problem = {
  code: "superseded",
  message: "another request with the same Idempotency-Key goes on with this import",
};
