import { formatCount, formatCountOf } from "../units.ts";

/** An import ended before the end of its input. `cause` is why. */
export class ImportStoppedError extends Error {
  /** How many documents the server has acknowledged in this run. */
  readonly documents: number;
  /** The last line up to which all is acknowledged, by this run or before it; 0 for none. */
  readonly acknowledgedLine: number;

  constructor(why: Error, documents: number, acknowledgedLine: number) {
    super(`${why.message}\n${whereToGoOn(documents, acknowledgedLine)}`, { cause: why });
    this.name = "ImportStoppedError";
    this.documents = documents;
    this.acknowledgedLine = acknowledgedLine;
  }
}

const whereToGoOn = (documents: number, acknowledgedLine: number): string =>
  acknowledgedLine === 0
    ? "Nothing was acknowledged: start again from the first line"
    : `Acknowledged up to line ${formatCount(acknowledgedLine)} ` +
      `(${formatCountOf(documents, "document")} in this run): ` +
      `continue with --from-line ${acknowledgedLine + 1}`;
