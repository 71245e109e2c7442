/** A benchmark's results as a page of Markdown, made from the raw figures alone. */
import type { Part } from "../part.ts";

import { formatComparisons } from "./comparison.ts";
import type { PartResult } from "./figures.ts";
import { formatMatrix } from "./matrix.ts";
import type { SavedReport } from "./saved-report.ts";

/** The page of all parts that have been measured, in the order of the parts. */
export function formatPage(title: string, parts: readonly Part[], report: SavedReport): string {
  const measured = parts.flatMap((part) => {
    const result = report[part.name];
    return result === undefined ? [] : [{ part, result }];
  });
  const machines = new Set(measured.map(({ result }) => result.machine));
  const [commonMachine] = machines.size === 1 ? machines : [];
  const sections = measured.map(({ part, result }) =>
    formatSection(part, result, commonMachine === undefined),
  );
  return [
    `# ${title}`,
    ...(commonMachine === undefined ? [] : [commonMachine]),
    "Medians of all rounds; spread: the least and the greatest of them. What is measured, and how to " +
      "read it, says the README of the benchmarks.",
    ...sections,
  ]
    .join("\n\n")
    .concat("\n");
}

function formatSection(part: Part, result: PartResult, tellsMachine: boolean): string {
  const { sizes, rounds, machine, measuredAt } = result;
  const count = rounds.length === 1 ? "one round" : `${rounds.length} alternating rounds`;
  const settings = [
    `${count}, ${measuredAt.slice(0, 10)}${tellsMachine ? `, on ${machine}` : ""}`,
    ...part.settings(sizes),
  ];
  const comparisons = part.comparisons(sizes);
  const matrices = part.matrices(sizes);
  return [
    `## ${part.title}`,
    settings.map((setting) => `- ${setting}`).join("\n"),
    ...(comparisons.length === 0 ? [] : [formatComparisons(rounds, comparisons)]),
    ...matrices.flatMap((matrix) => [`**${matrix.title}**`, formatMatrix(rounds, matrix)]),
  ].join("\n\n");
}
