import { columnWidths, formatRows, formatTitles, type Column } from "../table.ts";
import { formatCount } from "../units.ts";

import { perSecond } from "./measurement.ts";
import type { BenchSize, MeasuredStep } from "./step.ts";

/** What was measured, and on what. */
export interface BenchReport {
  readonly target: { readonly directory: string } | { readonly url: string };
  readonly size: BenchSize;
  /** Whether the files lay in memory, where a sync costs nothing. */
  readonly inMemory: boolean;
  readonly machine: { readonly processor: string; readonly processors: number };
  /** Of this process. */
  readonly nodeVersion: string;
  readonly steps: readonly MeasuredStep[];
}

const columns: readonly Column[] = [
  { title: "work" },
  { title: "a second", align: "right" },
  { title: "p50 ms", align: "right" },
  { title: "p99 ms", align: "right" },
  { title: "p99.9 ms", align: "right" },
];

/** The report for people: what was measured, a table, and how to read it. */
export const benchText = (report: BenchReport, titled: (text: string) => string): string => {
  const { target, size, machine, nodeVersion, steps, inMemory } = report;
  const rows = steps.map((step) => [
    step.title,
    formatCount(perSecond(step)),
    formatMs(step.latencyMs.p50),
    formatMs(step.latencyMs.p99),
    formatMs(step.latencyMs.p999),
  ]);
  const widths = columnWidths(columns, rows);
  return [
    `${"url" in target ? target.url : target.directory}, measured with Node.js ${nodeVersion} ` +
      `on ${machine.processors} × ${machine.processor}`,
    `${formatCount(size.documents)} documents of about 130 bytes of JSON`,
    ...(inMemory ? ["the directory lies in memory: syncs cost nothing there"] : []),
    "",
    titled(formatTitles(columns, widths)),
    ...formatRows(columns, rows, widths),
    "",
    "a second: documents, or syncs. Milliseconds: how long a call took, be it of one document or of many.",
  ].join("\n");
};

/** The report for programs: rates in operations a second, times in milliseconds. */
export const benchJson = ({ size, steps, ...rest }: BenchReport): string =>
  JSON.stringify({
    ...rest,
    ...size,
    measurements: steps.map((step) => ({
      work: step.work,
      operations: step.operations,
      durationMs: step.durationMs,
      perSecond: perSecond(step),
      latencyMs: step.latencyMs,
    })),
  });

/** 12.345 → "12.3", 0.01234 → "0.012": to the microsecond where it is short. */
const formatMs = (durationMs: number): string =>
  durationMs >= 10 ? durationMs.toFixed(1) : durationMs.toFixed(3);
