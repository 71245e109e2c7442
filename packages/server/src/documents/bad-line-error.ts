/** A line that is no document, or none that can be stored. */
export class BadLineError extends Error {
  /** From 1. */
  readonly line: number;
  /** What is wrong with it, in words that do not name the line. */
  readonly what: string;

  constructor(line: number, what: string, options?: ErrorOptions) {
    super(`line ${line}: ${what}`, options);
    this.name = new.target.name;
    this.line = line;
    this.what = what;
  }
}
