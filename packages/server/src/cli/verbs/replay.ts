import { resolve } from "node:path";

import { replay, type ReplayEnd } from "@boxerdb/engine";
import { z } from "zod";

import { databaseOffsets } from "../database-offsets.ts";
import { replayEnd } from "../replay-end.ts";
import { formatDuration } from "../units.ts";
import type { Verb } from "../verb.ts";
import { watchedWork } from "../watched-work.ts";

const input = z.object({
  directory: z.string(),
  until: z.custom<ReplayEnd>(),
  into: z.string(),
  database: z.string().optional(),
  json: z.boolean().default(false),
});

/** `boxerdb replay <directory>`: a data directory as it was. */
export const replayVerb: Verb<z.infer<typeof input>> = {
  name: "replay",
  summary: "make a data directory as another one was at an offset or a time",
  description:
    "Reads the logs of a data directory, or of a backup, up to an offset or a time, and makes a data\n" +
    "directory that holds what was stored then: as far back as compaction has left the log as it\n" +
    "was. Where that is not far enough, it says from when on it is. The directory that is read\n" +
    "stays as it is; no server may be running on it.",
  examples: [
    {
      does: "before the mistake at noon",
      line: "boxerdb replay ./data --until 2026-03-01T11:59:59Z --into ./data-before",
    },
    {
      does: "one database, without the write at offset 1042 and all later ones",
      line: "boxerdb replay ./data --database shop --until 1042 --into ./data-before",
    },
    { does: "which offset that is", line: "boxerdb inspect ./data --database shop --from 1000" },
  ],
  exitCodes: ["notFound", "storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    command
      .argument("<directory>", "the data directory, or a backup")
      .requiredOption(
        "--until <offset|time>",
        "the first offset that is left out, or a time (local unless it ends in Z or +hh:mm)",
        replayEnd,
      )
      .requiredOption("--into <directory>", "the data directory to make: absent or empty")
      .option("--database <name>", "only this database (default: all)")
      .option("--json", "print JSON, for programs; errors too"),
  async run({ directory, until, into, database, json }, terminal) {
    const { result: report, elapsedMs } = await watchedWork(
      terminal,
      `nothing was made in ${into}`,
      (options) =>
        replay(resolve(directory), resolve(into), {
          until,
          ...options,
          ...(database !== undefined && { database }),
        }),
    );
    await terminal.stdout.line(
      json
        ? JSON.stringify({ ...report, durationMs: Math.round(elapsedMs) })
        : `replayed ${databaseOffsets(report.databases)} in ${formatDuration(elapsedMs)}\n` +
            `\`boxerdb serve --data-dir ${into}\` serves it`,
    );
    return undefined;
  },
};
