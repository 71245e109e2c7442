import { cpus, totalmem } from "node:os";

import type { Rates } from "./measurement.ts";
import { summarize } from "./measurement.ts";

/** A line of a report: BoxerDB at some work, beside a peer at the same. */
export interface Comparison {
  readonly work: string;
  /** Names of the subjects, as in the rounds. */
  readonly subject: string;
  readonly peer: string;
}

/** All rounds of a benchmark: for each, what each subject reached. */
export type Rounds = readonly Readonly<Record<string, Rates>>[];

export interface Report {
  readonly name: string;
  readonly machine: string;
  readonly settings: readonly string[];
  readonly rounds: Rounds;
  readonly comparisons: readonly Comparison[];
}

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${model}, ${memoryGiB} GiB, ${process.platform}, Node.js ${process.version}`;
}

/** The report as Markdown, aligned so that it reads well on a terminal too. */
export function formatReport(report: Report): string {
  const header = ["work", "BoxerDB /s", "spread", "peer", "peer /s", "spread", "ratio"];
  const rows = report.comparisons.map((comparison) => rowOf(report.rounds, comparison));
  return [
    `# ${report.name}`,
    "",
    report.machine,
    "",
    ...report.settings.map((setting) => `- ${setting}`),
    `- medians of ${report.rounds.length} alternating rounds; spread: the least and the greatest`,
    "",
    ...formatTable(header, rows),
    "",
  ].join("\n");
}

function rowOf(rounds: Rounds, { work, subject, peer }: Comparison): string[] {
  const rates = (name: string): number[] =>
    rounds.map((round) => round[name]?.[work] ?? Number.NaN);
  const own = summarize(rates(subject));
  const other = summarize(rates(peer));
  const spread = ({ least, greatest }: { least: number; greatest: number }): string =>
    `${thousands(least)}–${thousands(greatest)}`;
  return [
    work,
    thousands(own.median),
    spread(own),
    peer,
    thousands(other.median),
    spread(other),
    `${(own.median / other.median).toFixed(2)} ×`,
  ];
}

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");

function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumber = (column: number): boolean => column !== 0 && column !== 3;
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(" | ")} |`;
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [line(header), line(rule), ...rows.map(line)];
}
