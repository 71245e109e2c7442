import { displayWidth, padToWidth } from "./display-width.ts";

/** One column of a table. */
export interface Column {
  /** Shown above the column; an empty one where no column has a title leaves the line out. */
  readonly title: string;
  /** Default "left"; numbers read best on the "right". */
  readonly align?: "left" | "right";
}

/** The columns of space between two columns. */
export const columnGap = 2;

/**
 * Lays rows out in columns as wide as their widest cell. Cells are one line each, without colours.
 * `widths` may be given to keep several tables in line; it is the least width of each column.
 */
export const formatRows = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: readonly number[] = columnWidths(columns, rows),
): string[] =>
  rows.map((row) =>
    columns
      .map((column, index) =>
        padToWidth(row[index] ?? "", widths[index] ?? 0, column.align ?? "left"),
      )
      .join(" ".repeat(columnGap))
      .trimEnd(),
  );

/** The width in columns of the widest cell of each column, the title counted in. */
export const columnWidths = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): number[] =>
  columns.map((column, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[index] ?? "")),
      displayWidth(column.title),
    ),
  );

/** The line of titles above the rows. */
export const formatTitles = (columns: readonly Column[], widths: readonly number[]): string =>
  formatRows(columns, [columns.map((column) => column.title)], widths)[0] ?? "";
