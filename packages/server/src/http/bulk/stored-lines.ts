import { ProblemError } from "../problem.ts";

import { digestWith, type ImportProgress, type LinesMark } from "./import-progress.ts";

/**
 * The lines of a request that an import has stored already. They are left out, and must be those that were
 * stored: under the id of one import, the documents of another one would be lost without a word.
 */
export class StoredLines {
  /** Where the request begins; where it goes on, if nobody knows the lines before it. */
  readonly from: LinesMark;
  readonly #stored: ImportProgress;
  readonly #firstLine: number;
  /** Of all lines up to the newest one; undefined as long as nobody knows. */
  #digest: number | undefined;

  /** @param collection for lines that name none, which is a part of what they say */
  constructor(stored: ImportProgress, firstLine: number, collection: string) {
    const { lines, digest, from, documents } = stored;
    this.#stored = stored;
    this.#firstLine = firstLine;
    const known = [{ lines, digest }, from].find((mark) => mark.lines === firstLine - 1);
    const isBeginning = documents === 0 || firstLine === 1;
    this.#digest = isBeginning ? digestWith(0, collection) : known?.digest;
    this.from =
      this.#digest === undefined
        ? { lines, digest }
        : { lines: firstLine - 1, digest: this.#digest };
  }

  /** Whether a line is stored already. Throws ProblemError (idempotency_key_reused) where it is another one. */
  has(number: number, text: string): boolean {
    const { lines, digest, complete } = this.#stored;
    if (number > lines) {
      if (complete) throw reused(`it is complete with line ${lines}, and this is line ${number}`);
      return false;
    }
    if (this.#digest !== undefined) this.#digest = digestWith(this.#digest, text);
    if (number === lines && this.#digest !== undefined && this.#digest !== digest) {
      throw reused(`its lines up to line ${lines} are not these`);
    }
    return true;
  }

  /** The digest of all that is stored, to go on with. */
  get digest(): number {
    return this.#stored.documents === 0 ? this.from.digest : this.#stored.digest;
  }

  /**
   * @param lines the last line of the request
   * @throws ProblemError (idempotency_key_reused) where it ends before it could be compared
   */
  end(lines: number): void {
    const { lines: stored } = this.#stored;
    if (lines >= stored) return;
    const first = this.#firstLine;
    const sent = lines < first ? "none" : `lines ${first} to ${lines}`;
    throw reused(`it is stored up to line ${stored}, and this request has ${sent}`);
  }
}

const reused = (why: string): ProblemError =>
  new ProblemError({
    code: "idempotency_key_reused",
    message:
      `this Idempotency-Key is that of another import: ${why}. Nothing of this request was stored: ` +
      "repeat the lines as they were, or give another import a key of its own",
  });
