import type { ContentScope, Snapshot } from "@boxerdb/engine";

import type { ApiContext } from "../api-context.ts";
import { problemOf } from "../error-problem.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { problemText, statusOf } from "../problem.ts";

/** How much text is gathered before it is sent, in UTF-16 code units. */
const sliceLength = 16 * 1024;

/** What is told in lines. */
export interface ToldContent {
  /** Closed at the end. */
  readonly snapshot: Snapshot;
  readonly scope: ContentScope;
  /** Whether there is a line for each key, and not for each range of keys. */
  readonly byKey: boolean;
  /** Aborted when the client is gone. */
  readonly closed: AbortSignal;
}

/**
 * The lines of the answer: `{offset, expiresAfter}`, a line for each range or key, and at the end what
 * they come to: `{keys, bytes, hash}` of ranges, `{keys}` of keys. Where it cannot go on, the last line is
 * `{problem}`.
 */
export async function* contentLines(
  api: ApiContext,
  exchange: Exchange,
  content: ToldContent,
): AsyncGenerator<Uint8Array, void, void> {
  const { snapshot, scope } = content;
  const { offset } = snapshot;
  try {
    const head = { offset: offset > 0 ? offset - 1 : null, expiresAfter: scope.expiresAfter };
    let text = line(head);
    for await (const told of content.byKey ? keyLines(content) : rangeLines(content)) {
      text += told;
      if (text.length < sliceLength && content.byKey) continue;
      yield Buffer.from(text);
      text = "";
    }
    if (text !== "") yield Buffer.from(text);
  } catch (error) {
    if (content.closed.aborted) return;
    yield Buffer.from(problemLine(api, exchange, error));
  } finally {
    snapshot.close();
  }
}

async function* rangeLines({ snapshot, scope }: ToldContent): AsyncGenerator<string> {
  const ranges = snapshot.contentRanges(scope);
  try {
    let step = await ranges.next();
    for (; step.done !== true; step = await ranges.next()) yield line(step.value);
    yield line(step.value);
  } finally {
    await ranges[Symbol.asyncDispose]();
  }
}

async function* keyLines({ snapshot, scope }: ToldContent): AsyncGenerator<string> {
  let keys = 0;
  for await (const key of snapshot.contentKeys(scope)) {
    keys++;
    yield line(key);
  }
  yield line({ keys });
}

function problemLine({ log }: ApiContext, { requestId, target }: Exchange, error: unknown): string {
  const problem = problemOf(error);
  if (statusOf(problem) >= 500) {
    log.error({ err: error, requestId, path: target.path }, `answered ${problem.code}`);
  }
  return `{"problem":${problemText(problem)}}\n`;
}

const line = (told: object): string => `${JSON.stringify(told)}\n`;
