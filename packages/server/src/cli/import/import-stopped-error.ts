import { formatCount, formatCountOf } from "../units.ts";

/** An import ended before the end of its input. `cause` is why. */
export class ImportStoppedError extends Error {
  /** How many documents the server has acknowledged in this run. */
  readonly documents: number;
  /** The last line up to which all is acknowledged, by this run or before it; 0 for none. */
  readonly acknowledgedLine: number;

  constructor(
    why: Error,
    stored: { readonly documents: number; readonly lines: number },
    remedy: ImportRemedy,
  ) {
    super(`${why.message}\n${whereToGoOn(stored.documents, stored.lines, remedy)}`, { cause: why });
    this.name = "ImportStoppedError";
    this.documents = stored.documents;
    this.acknowledgedLine = stored.lines;
  }
}

/** How to go on: by the same command line, or by one that leaves out what is stored. */
export type ImportRemedy = "same command" | "from line";

const whereToGoOn = (documents: number, lines: number, remedy: ImportRemedy): string => {
  if (lines === 0) return "Nothing was acknowledged: start again from the first line";
  const how =
    remedy === "same command"
      ? "the same command continues there"
      : `continue with --from-line ${lines + 1}`;
  const count = formatCountOf(documents, "document");
  return `Acknowledged up to line ${formatCount(lines)} (${count} in this run): ${how}`;
};
