import type { CompactResult } from "./client/maintenance-answers.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "./table.ts";
import { formatBytes } from "./units.ts";

const columns: readonly Column[] = [
  { title: "database" },
  { title: "before", align: "right" },
  { title: "after", align: "right" },
  { title: "runs", align: "right" },
];

/** Says for people what compaction has come to. */
export const compactionReport = (
  { databases }: CompactResult,
  style: (title: string) => string,
): string[] => {
  const rows = databases.map(({ name, bytesBefore, bytesAfter, runs }) => [
    name,
    formatBytes(bytesBefore),
    formatBytes(bytesAfter),
    String(runs),
  ]);
  const widths = columnWidths(columns, rows);
  const worked = databases.some(({ runs }) => runs > 0);
  return [
    style(formatTitles(columns, widths)),
    ...formatRows(columns, rows, widths),
    ...(worked ? [] : ["nothing was worth compacting: what is written to now is never compacted"]),
  ];
};
