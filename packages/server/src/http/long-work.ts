import { setTimeout as sleep } from "node:timers/promises";

import type { ApiContext } from "./api-context.ts";
import { jsonAnswer } from "./data-answer.ts";
import { problemOf } from "./error-problem.ts";
import type { Answer } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { linesType, namesInAccept } from "./media-type.ts";
import { problemText, statusOf } from "./problem.ts";

/** Work that may take minutes. */
export interface LongWork {
  /** Does it. Resolves to what is answered. The signal comes when the client is gone. */
  run(signal: AbortSignal): Promise<object>;
  /** How far it is. */
  progress(): object;
}

/** How often a line tells the progress: often enough that nobody on the way takes it for dead. */
const lineEveryMs = 1_000;

/**
 * Answers with what work comes to: in one piece when it is done, or, for `Accept: application/x-ndjson`,
 * with a line `{"progress": …}` each second meanwhile. The last line is `{"result": …}`, or
 * `{"problem": …}` as it would have been answered.
 */
export async function answerLongWork(
  api: ApiContext,
  exchange: Exchange,
  work: LongWork,
): Promise<Answer> {
  const wantsLines = namesInAccept(exchange.header("accept"), linesType, ["application/json"]);
  if (!wantsLines) return jsonAnswer(await work.run(exchange.closed));
  const headers = { "content-type": linesType, "cache-control": "no-store" };
  return { status: 200, headers, body: linesOf(api, exchange, work) };
}

async function* linesOf(
  { log }: ApiContext,
  { requestId, target }: Exchange,
  work: LongWork,
): AsyncGenerator<Uint8Array, void, void> {
  const gone = new AbortController();
  const done = new AbortController();
  const last = work
    .run(gone.signal)
    .then(
      (result) => JSON.stringify({ result }),
      (error: unknown) => {
        const problem = problemOf(error);
        if (statusOf(problem) >= 500 && !gone.signal.aborted) {
          log.error({ err: error, requestId, path: target.path }, `answered ${problem.code}`);
        }
        return `{"problem":${problemText(problem)}}`;
      },
    )
    .finally(() => done.abort());
  try {
    while (!done.signal.aborted) {
      yield line(JSON.stringify({ progress: work.progress() }));
      // Ends early when the work does.
      await sleep(lineEveryMs, undefined, { signal: done.signal }).catch(() => {});
    }
    yield line(await last);
  } finally {
    gone.abort();
    await last;
  }
}

const line = (text: string): Uint8Array => Buffer.from(`${text}\n`);
