import { z } from "zod";

import { lineBlocks } from "../../documents/line-blocks.ts";

import { problemAnswer } from "./answers.ts";
import type { Streamed } from "./connection.ts";
import { ServerError, UnexpectedAnswerError } from "./errors.ts";
import { parsedJson } from "./parsed-json.ts";

/** A result may have a line for each file or key that is damaged. */
const maxLineBytes = 64 * 1024 * 1024;

/** Asks for lines that tell the progress. */
export const asLines = { accept: "application/x-ndjson" };

const problem = problemAnswer.extend({ status: z.number() });

/** Which forms the progress and the result of long work have. */
export interface LongWorkAnswer<Progress, Result> {
  readonly progress: z.ZodType<Progress>;
  readonly result: z.ZodType<Result>;
}

/** Reads what long work tells until its result is there. Throws ServerError where it failed. */
export async function longWorkResult<Progress, Result>(
  { url, chunks }: Streamed,
  answer: LongWorkAnswer<Progress, Result>,
  onProgress: (progress: Progress) => void,
): Promise<Result> {
  const line = z.union([
    z.object({ progress: answer.progress }),
    z.object({ result: answer.result }),
    z.object({ problem }),
  ]);
  for await (const { texts } of lineBlocks(chunks, { maxLineBytes })) {
    for (const text of texts) {
      const parsed = line.safeParse(parsedJson(text));
      if (!parsed.success) {
        throw new UnexpectedAnswerError(url, "answered something else", { cause: parsed.error });
      }
      if ("result" in parsed.data) return parsed.data.result;
      if ("problem" in parsed.data) throw new ServerError({ ...parsed.data.problem, url });
      onProgress(parsed.data.progress);
    }
  }
  throw new UnexpectedAnswerError(url, "answered no result");
}
