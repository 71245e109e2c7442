/** A table of many figures of several subjects, medians of the rounds, without marks. */
import { valuesOf, type Round } from "./figures.ts";
import { formatTable } from "./markdown-table.ts";
import { summarize } from "./summary.ts";
import { formatNumber } from "./units.ts";

export interface MatrixRow {
  readonly title: string;
  readonly unit: string;
  /** As in the rounds. */
  readonly figure: string;
}

export interface Matrix {
  readonly title: string;
  /** The columns; subjects as in the rounds. */
  readonly subjects: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** The table of a matrix. A figure that a subject does not have is left empty. */
export function formatMatrix(rounds: readonly Round[], { subjects, rows }: Matrix): string {
  const columns = [
    { title: "figure", align: "left" },
    { title: "unit", align: "left" },
    ...subjects.map((title) => ({ title, align: "right" }) as const),
  ] as const;
  const cells = rows.map(({ title, unit, figure }) => [
    title,
    unit,
    ...subjects.map((subject) => {
      const summary = summarize(valuesOf(rounds, subject, figure));
      return summary === undefined ? "" : formatNumber(summary.median);
    }),
  ]);
  return formatTable(columns, cells);
}
