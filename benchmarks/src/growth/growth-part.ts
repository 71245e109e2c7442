import { documentSubjects } from "../embedded/documents-part.ts";
import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import type { SavedReport } from "../report/saved-report.ts";
import { formatCount } from "../report/units.ts";
import { peerSettings } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

import { drawGrowth, formatGrowthTable } from "./growth-figures.ts";

/** All figures at one number of documents. */
export const growthPart = (documents: number): Part => ({
  name: String(documents),
  title: `${formatCount(documents)} documents`,
  sizes: {
    documents,
    puts: Math.min(documents, 20_000),
    gets: Math.min(Math.max(documents, 100_000), 1_000_000),
  },
  settings: () => [],
  comparisons: () => [],
  matrices: () => [],
  measureRound: async ({ round, sizes, directory, tell }) => {
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(documentSubjects, round)) {
      const task = { subject, directory: `${directory}/${subject}`, sizes };
      const say = (text: string): void => tell(`${subject}, ${text}`);
      const filled = await runTask({ ...task, work: "documents" }, say);
      say("opens");
      const opened = await runTask({ ...task, work: "open" }, say);
      const openedMegabytes = sizeOf(opened, "openedMemoryBytes") / 1e6;
      measured[subject] = { ...filled, ...opened, openedMegabytes };
    }
    return measured;
  },
});

/** The files of all numbers of documents together. */
export function growthFiles(report: SavedReport): Readonly<Record<string, string>> {
  const results = Object.values(report);
  const rounds = Math.min(...results.map(({ rounds }) => rounds.length));
  const machines = [...new Set(results.map(({ machine }) => machine))];
  const settings = [
    "the work of the benchmark of documents at each number of them, and opening in a new process",
    `medians of ${rounds === 1 ? "one round" : `${rounds} rounds`}`,
    ...peerSettings,
  ];
  const page = [
    "# Growth",
    machines.join("\n\n"),
    settings.map((setting) => `- ${setting}`).join("\n"),
    "![How figures grow with the number of documents](growth.svg)",
    formatGrowthTable(report, documentSubjects),
  ];
  return {
    md: `${page.join("\n\n")}\n`,
    svg: drawGrowth(report, documentSubjects),
  };
}
