import { resolve } from "node:path";

import { AbortError } from "@boxerdb/engine";
import { z } from "zod";

import type { CompactProgress, CompactResult } from "../client/maintenance-answers.ts";
import { systemClock } from "../clock.ts";
import { CommandError } from "../command-error.ts";
import { compactionReport } from "../compaction-report.ts";
import { connect, connectionInput, declareConnection } from "../connection-options.ts";
import { compactDirectory } from "../directory-compaction.ts";
import { Progress, type Tell } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { formatBytes } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  directory: z.string().optional(),
  database: z.string().optional(),
  ...connectionInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb compact [directory]`: frees space now. */
export const compactVerb: Verb<Input> = {
  name: "compact",
  summary: "free the space of what was replaced, deleted or has expired",
  description:
    "Rewrites the parts of the logs in which much was replaced, deleted or has expired, as far as it is\n" +
    "worth it: of a server, which does so by itself too, or of a data directory that no server has.\n" +
    "What is written to now, the last 64 MiB of a log or less, is not compacted. How things were\n" +
    "before (see replay) is gone then. Once a node has had followers, or is one, deletions and expired\n" +
    "values keep their space, so that followers can resume anywhere. Ctrl-C leaves\n" +
    "what is done by then; a server goes on.",
  examples: [
    { does: "the server on this machine", line: "boxerdb compact" },
    {
      does: "one database of another server",
      line: "boxerdb compact --database shop --url http://b:8080",
    },
    { does: "a directory, while no server runs on it", line: "boxerdb compact ./data" },
  ],
  exitCodes: ["notFound", "unavailable", "storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    declareConnection(
      command
        .argument("[directory]", "the data directory (default: ask a server)")
        .option("--database <name>", "only this database (default: all)"),
    ),
  async run(wish, terminal) {
    const { directory, server, json } = wish;
    if (directory !== undefined && server.url !== undefined) {
      throw new CommandError("usage", "give a directory or --url, not both");
    }
    const result = await compactWatched(wish, terminal);
    const { stdout } = terminal;
    const lines = compactionReport(result, (title) => stdout.styled("bold", title));
    await stdout.line(json ? JSON.stringify(result) : lines.join("\n"));
    return undefined;
  },
};

const compactWatched = async (
  { directory, database, server }: Input,
  terminal: Terminal,
): Promise<CompactResult> => {
  using interruption = terminal.watchInterruption();
  using progress = new Progress(terminal.stderr, 0, systemClock);
  const onProgress = (running: CompactProgress): void => {
    const { totalBytes = 0, readBytes = 0 } = running;
    progress.expect(totalBytes);
    progress.update(readBytes, runDone(running));
  };
  const { signal } = interruption;
  try {
    if (directory !== undefined) {
      return await compactDirectory(resolve(directory), database, signal, onProgress);
    }
    await using client = connect(server, terminal.environment);
    return await client.compact(database, signal, onProgress);
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    const state =
      directory === undefined
        ? "the server goes on compacting"
        : "what was compacted by then stays so, the rest is as it was";
    throw new CommandError("interrupted", `stopped as asked: ${state}`, { cause: error });
  }
};

/** "shop: 12.0 MiB of this run read". */
const runDone =
  ({ database, readBytes = 0 }: CompactProgress): Tell =>
  () =>
    database === undefined ? "" : `${database}: ${formatBytes(readBytes)} of this run read`;
