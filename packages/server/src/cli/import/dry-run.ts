import { BadLineError } from "../../documents/bad-line-error.ts";
import { checkDocument, parseDocument, type Line } from "../../documents/document-line.ts";
import type { LineBlock } from "../../documents/line-blocks.ts";
import { CommandError } from "../command-error.ts";
import { formatCount, formatCountOf } from "../units.ts";

/** More would scroll the first ones away, which may be the cause of the others. */
const maxShown = 10;

/**
 * Checks every line from `fromLine` on and returns how many documents there are. Rejects with
 * CommandError that lists the bad lines, if there are any. A line that is not text ends the list.
 */
export const checkDocuments = async (
  blocks: AsyncIterable<LineBlock>,
  { collection, fromLine }: { readonly collection: string; readonly fromLine: number },
  checked: (documents: number) => void,
): Promise<number> => {
  let documents = 0;
  let bad = 0;
  const shown: string[] = [];
  const note = (problem: string): void => {
    bad += 1;
    if (bad <= maxShown) shown.push(problem);
  };
  try {
    for await (const { firstNumber, texts } of blocks) {
      for (const [index, text] of texts.entries()) {
        const line = { number: firstNumber + index, text };
        if (line.number < fromLine || text.trim() === "") continue;
        const problem = problemOf(line, collection);
        if (problem === undefined) documents += 1;
        else note(problem);
      }
      checked(documents);
    }
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error;
    note(error.message);
  }
  if (bad === 0) return documents;
  const more = bad > shown.length ? [`and ${formatCount(bad - shown.length)} more`] : [];
  const count = `${formatCountOf(bad, "bad line")}, ${formatCountOf(documents, "good document")}`;
  throw new CommandError("usage", [`${count}:`, ...shown, ...more].join("\n  "));
};

const problemOf = (line: Line, collection: string): string | undefined => {
  try {
    checkDocument(line, parseDocument(line, collection));
    return undefined;
  } catch (error) {
    if (error instanceof BadLineError) return error.message;
    throw error;
  }
};
