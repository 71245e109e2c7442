import { cutToWidth } from "./display-width.ts";
import type { Output } from "./output.ts";
import { columnGap, columnWidths, formatRows, formatTitles, type Column } from "./table.ts";

/** What is cut to fewer columns than these is not worth showing. */
const leastLastWidth = 8;

/**
 * A table that is drawn page by page, without knowing the widest cell beforehand: its columns only
 * ever get wider. The last column takes what is left of a terminal, and is cut to it; into a pipe or
 * a file it is whole. Titles stand on a terminal only: a program that reads lines wants no others.
 */
export class GrowingTable {
  readonly #output: Output;
  readonly #columns: readonly Column[];
  /** Of all columns but the last. */
  #widths: readonly number[] = [];
  #titled = false;

  constructor(output: Output, columns: readonly Column[]) {
    this.#output = output;
    this.#columns = output.isTerminal
      ? columns
      : columns.map((column) => ({ ...column, title: "" }));
  }

  /** The lines of one page, each with its end. */
  page(rows: readonly (readonly string[])[]): string {
    this.#widths = columnWidths(this.#columns, rows)
      .slice(0, -1)
      .map((width, column) => Math.max(width, this.#widths[column] ?? 0));
    const cut = rows.map((row) => [...row.slice(0, -1), this.#cut(row.at(-1) ?? "")]);
    return [...this.#titles(), ...formatRows(this.#columns, cut, this.#widths)]
      .map((line) => `${line}\n`)
      .join("");
  }

  #cut(text: string): string {
    const terminalWidth = this.#output.width;
    if (terminalWidth === undefined) return text;
    const taken = this.#widths.reduce((sum, width) => sum + width + columnGap, 0);
    return cutToWidth(text, Math.max(leastLastWidth, terminalWidth - taken));
  }

  #titles(): string[] {
    if (this.#titled || !this.#output.isTerminal) return [];
    this.#titled = true;
    return [this.#output.styled("dim", formatTitles(this.#columns, this.#widths))];
  }
}
