import type { VerifyReport } from "@boxerdb/engine";

import { damageLine } from "./inspection-text.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "./table.ts";
import { formatBytes, formatCount, formatCountOf } from "./units.ts";

const columns: readonly Column[] = [
  { title: "database" },
  { title: "files", align: "right" },
  { title: "records", align: "right" },
  { title: "size", align: "right" },
  { title: "end offset", align: "right" },
  { title: "damage", align: "right" },
];

/** Says for people what was found: a table of databases, each damaged place, and the judgement. */
export const verifyReport = (
  { ok, databases }: VerifyReport,
  style: (title: string) => string,
): string[] => {
  const rows = databases.map(({ name, files, records, bytes, endOffset, damage }) => [
    name,
    formatCount(files),
    formatCount(records),
    formatBytes(bytes),
    String(endOffset),
    formatCount(damage.filter(({ isTornTail }) => !isTornTail).length),
  ]);
  const widths = columnWidths(columns, rows);
  const places = databases.flatMap(({ damage }) => damage);
  const damaged = places.filter(({ isTornTail }) => !isTornTail).length;
  const judgement = ok
    ? "no damage was found"
    : `damage was found in ${formatCountOf(damaged, "place")}: nothing was changed. ` +
      "Restore from a backup or from a replica";
  return [
    style(formatTitles(columns, widths)),
    ...formatRows(columns, rows, widths),
    ...places.map(damageLine),
    judgement,
  ];
};
