/** Runs parts of a benchmark, keeps their figures and writes their page. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ConsoleProgress } from "./console-progress.ts";
import type { Part } from "./part.ts";
import type { Round } from "./report/figures.ts";
import { describeMachine, fileSystemName } from "./report/machine.ts";
import { formatSavedReport, parseSavedReport, type SavedReport } from "./report/saved-report.ts";
import { inScratchDirectory } from "./scratch-directory.ts";
import { storeVersions } from "./subjects/subject-registry.ts";

export interface RunOptions {
  /** The name of its files, and of the command that runs it. */
  readonly name: string;
  /** The parts to run. */
  readonly parts: readonly Part[];
  /** What to write from the figures of all parts that were measured ever: file extension → text. */
  readonly files: (report: SavedReport) => Readonly<Record<string, string>>;
  readonly rounds: number;
  /** Where the stores are made. It must lie on a disk. */
  readonly directory: string;
  /** Where files and figures go, and where earlier figures are; undefined: nowhere. */
  readonly output: string | undefined;
  readonly progress: ConsoleProgress;
}

/**
 * Runs parts one after the other; what is measured is on disk as soon as its part is done. Resolves to
 * the figures of all parts, earlier ones included.
 */
export async function runParts(options: RunOptions): Promise<SavedReport> {
  const { name, parts, files, rounds, directory, output, progress } = options;
  if ((await fileSystemName(directory)) === "tmpfs") {
    progress.note(
      `${directory} lies in memory: syncs cost nothing there. Give --directory a disk.`,
    );
  }
  let report = output === undefined ? {} : await readReport(join(output, `${name}.json`));
  for (const part of parts) {
    const startedMs = performance.now();
    const measured: Round[] = [];
    const tell = (text: string): void => progress.tell(text);
    for (let round = 0; round < rounds; round++) {
      progress.begin(`${name} ${part.name}, round ${round + 1} of ${rounds}`);
      measured.push(
        await inScratchDirectory(directory, (directory) =>
          part.measureRound({ round, sizes: part.sizes, directory, tell }),
        ),
      );
    }
    const versions = part.versions ?? storeVersions;
    const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
    progress.note(`${name} ${part.name}: done in ${minutes} minutes`);
    report = {
      ...report,
      [part.name]: {
        measuredAt: new Date().toISOString(),
        machine: await describeMachine(directory, await versions()),
        sizes: part.sizes,
        rounds: measured,
      },
    };
    if (output === undefined) continue;
    await mkdir(output, { recursive: true });
    await writeFile(join(output, `${name}.json`), formatSavedReport(report));
    for (const [extension, text] of Object.entries(files(report))) {
      await writeFile(join(output, `${name}.${extension}`), text);
    }
  }
  return report;
}

async function readReport(path: string): Promise<SavedReport> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
  try {
    return parseSavedReport(text);
  } catch (error) {
    const message = `${path} cannot be continued: remove it, or name another --output`;
    throw new Error(message, { cause: error });
  }
}
