import { CommandError } from "../command-error.ts";
import { formatCount, formatCountOf } from "../units.ts";

import { readDocument } from "./document.ts";
import type { Line } from "./line-reader.ts";

/** More would scroll the first ones away, which may be the cause of the others. */
const maxShown = 10;

/** How often progress is told, in documents. */
const tellEvery = 1_000;

/**
 * Checks every line from `fromLine` on and returns how many documents there are. Rejects with
 * CommandError that lists the bad lines, if there are any.
 */
export const checkDocuments = async (
  lines: AsyncIterable<Line>,
  { collection, fromLine }: { readonly collection: string; readonly fromLine: number },
  checked: (documents: number) => void,
): Promise<number> => {
  let documents = 0;
  let bad = 0;
  const shown: string[] = [];
  for await (const line of lines) {
    if (line.number < fromLine || line.text.trim() === "") continue;
    const problem = problemOf(line, collection);
    if (problem === undefined) documents += 1;
    else bad += 1;
    if (problem !== undefined && shown.length < maxShown) shown.push(problem);
    if (documents % tellEvery === 0) checked(documents);
  }
  if (bad === 0) return documents;
  const more = bad > shown.length ? [`and ${formatCount(bad - shown.length)} more`] : [];
  const count = `${formatCountOf(bad, "bad line")}, ${formatCountOf(documents, "good document")}`;
  throw new CommandError("usage", [`${count}:`, ...shown, ...more].join("\n  "));
};

const problemOf = (line: Line, collection: string): string | undefined => {
  try {
    readDocument(line, collection);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
};
