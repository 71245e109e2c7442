/** How figures grow with the number of documents: the same figures as a table and as a chart. */
import { drawChart } from "../plot/line-chart.ts";
import { valuesOf } from "../report/figures.ts";
import { formatTable } from "../report/markdown-table.ts";
import type { SavedReport } from "../report/saved-report.ts";
import { summarize } from "../report/summary.ts";
import { formatCount, formatNumber } from "../report/units.ts";

interface GrowthFigure {
  readonly title: string;
  readonly unit: string;
  /** As in the rounds. */
  readonly figure: string;
}

const growthFigures: readonly GrowthFigure[] = [
  { title: "bulk load, durable batches of 1,000", unit: "/s", figure: "loadPerSecond" },
  { title: "durable put, 64 writers, scattered", unit: "/s", figure: "putScatteredPerSecond" },
  { title: "random get", unit: "/s", figure: "getPerSecond" },
  { title: "ordered scan of all", unit: "/s", figure: "scanPerSecond" },
  { title: "processor, bulk load", unit: "µs a document", figure: "loadCpuMicros" },
  { title: "written to disk, bulk load", unit: "bytes a document", figure: "loadWrittenBytes" },
  { title: "disk used", unit: "bytes a document", figure: "diskBytes" },
  { title: "memory after the load", unit: "bytes a document", figure: "memoryBytes" },
  { title: "open after close", unit: "ms", figure: "openMs" },
  { title: "memory once opened", unit: "MB", figure: "openedMegabytes" },
];

/** What was measured of a subject at a number of documents; undefined where nothing was. */
function medianAt(
  report: SavedReport,
  documents: number,
  subject: string,
  figure: string,
): number | undefined {
  const rounds = report[String(documents)]?.rounds ?? [];
  return summarize(valuesOf(rounds, subject, figure))?.median;
}

/** The numbers of documents that were measured, in order, as properties that are numbers always are. */
const measuredSizes = (report: SavedReport): number[] => Object.keys(report).map(Number);

/** A row for each figure and subject, a column for each number of documents. */
export function formatGrowthTable(report: SavedReport, subjects: readonly string[]): string {
  const sizes = measuredSizes(report);
  const columns = [
    { title: "figure", align: "left" },
    { title: "unit", align: "left" },
    { title: "subject", align: "left" },
    ...sizes.map((size) => ({ title: formatCount(size), align: "right" }) as const),
  ] as const;
  const rows = growthFigures.flatMap(({ title, unit, figure }) =>
    subjects.map((subject, index) => [
      index === 0 ? title : "",
      index === 0 ? unit : "",
      subject,
      ...sizes.map((size) => {
        const median = medianAt(report, size, subject, figure);
        return median === undefined ? "" : formatNumber(median);
      }),
    ]),
  );
  return formatTable(columns, rows);
}

/** A panel for each figure, a line for each subject. */
export function drawGrowth(report: SavedReport, subjects: readonly string[]): string {
  const sizes = measuredSizes(report);
  return drawChart({
    title: "How figures grow with the number of documents",
    xTitle: "documents",
    names: subjects,
    panels: growthFigures.map(({ title, unit, figure }) => ({
      title,
      unit,
      series: subjects.map((name) => ({
        name,
        points: sizes.flatMap((size) => {
          const median = medianAt(report, size, name, figure);
          // A logarithmic axis has no place for what did not grow at all.
          return median === undefined || median <= 0 ? [] : [[size, median] as const];
        }),
      })),
    })),
  });
}
