import { resolve } from "node:path";

import { restoreBackup } from "@boxerdb/engine";
import { z } from "zod";

import { databaseOffsets } from "../database-offsets.ts";
import { formatDuration } from "../units.ts";
import type { Verb } from "../verb.ts";
import { watchedWork } from "../watched-work.ts";

const input = z.object({
  backup: z.string(),
  directory: z.string(),
  json: z.boolean().default(false),
});

/** `boxerdb restore <backup> <directory>`: a data directory of a backup. */
export const restoreVerb: Verb<z.infer<typeof input>> = {
  name: "restore",
  summary: "make a data directory of a backup",
  description:
    "Checks a backup that `backup` made and copies it into a data directory, which must be absent or\n" +
    "empty; the backup stays as it is. What was restored is another store than the one that was\n" +
    "backed up: a follower of that one needs an empty directory to follow this one.",
  examples: [
    { does: "and serve what was restored", line: "boxerdb restore ./backup ./data-restored" },
    {
      does: "a backup that curl has fetched as a file",
      line: "mkdir b && tar -xf backup.tar -C b && boxerdb restore b ./data-restored",
    },
  ],
  exitCodes: ["storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    command
      .argument("<backup>", "the directory of the backup")
      .argument("<directory>", "the data directory to make")
      .option("--json", "print JSON, for programs; errors too"),
  async run({ backup, directory, json }, terminal) {
    const { result: report, elapsedMs } = await watchedWork(
      terminal,
      `nothing was restored to ${directory}`,
      (options) => restoreBackup(resolve(backup), resolve(directory), options),
    );
    const { time, databases } = report.backup;
    await terminal.stdout.line(
      json
        ? JSON.stringify({ ...report, durationMs: Math.round(elapsedMs) })
        : `restored ${databaseOffsets(databases)}, as backed up at ${new Date(time).toISOString()}, ` +
            `in ${formatDuration(elapsedMs)}\n` +
            `\`boxerdb serve --data-dir ${directory}\` serves it`,
    );
    return undefined;
  },
};
