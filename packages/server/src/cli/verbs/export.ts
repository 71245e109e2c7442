import { z } from "zod";

import { systemClock } from "../clock.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { checkExportPath, writeExportFile } from "../export/export-file.ts";
import { exportedLines, exportSize } from "../export/exported-lines.ts";
import { documentsDone, Progress } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { formatBytes, formatCountOf, formatDuration } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  file: z.string().optional(),
  force: z.boolean().default(false),
  ...connectionInput,
  ...placeInput,
  collection: z.string().optional(),
  prefix: z.string().optional(),
});
type Input = z.infer<typeof input>;

/** `boxerdb export [file]`: all documents as lines of JSON. */
export const exportVerb: Verb<Input> = {
  name: "export",
  summary: "write all documents as lines of JSON",
  description:
    'Writes documents as lines {"collection": …, "key": …, "value": …}, which import reads, in the\n' +
    "order of collections and keys: to a file, gzip where its name ends in .gz, or to standard\n" +
    "output. The file has its name only when it is complete. It shows the database as it was at one\n" +
    "offset, whatever is written meanwhile.",
  examples: [
    { does: "a database into a file", line: "boxerdb export backup.ndjson.gz" },
    { does: "one collection through a pipe", line: "boxerdb export --collection packages | wc -l" },
  ],
  exitCodes: ["notFound", "unavailable", "storage", "interrupted"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .argument("[file]", "the file (default: standard output)")
          .option("--force", "replace the file if it exists")
          .option("--prefix <text>", "only keys that begin with this"),
        "default: all",
      ),
    ),
  async run(wish, terminal) {
    const { file, server, database, collection, prefix } = wish;
    if (file !== undefined) await checkExportPath(file, wish.force);
    await using client = connect(server, terminal.environment);
    using interruption = terminal.watchInterruption();
    const scope = { database, collection, prefix };
    const total = await exportSize(client, scope);
    const lines: Lines = (exported) => exportedLines(client, scope, interruption.signal, exported);
    await (file === undefined
      ? toStdout(lines, wish, terminal)
      : toFile(file, lines, total, wish, terminal));
    return undefined;
  },
};

type Lines = (exported: (documents: number) => void) => AsyncIterable<Buffer>;

/** Standard output is for the documents: what else there is to say goes to standard error. */
const toStdout = async (lines: Lines, { json }: Input, terminal: Terminal): Promise<void> => {
  let documents = 0;
  const count = (exported: number): void => {
    documents = exported;
  };
  for await (const chunk of lines(count)) await terminal.stdout.write(chunk);
  if (json) await terminal.stderr.line(JSON.stringify({ documents }));
};

const toFile = async (
  file: string,
  lines: Lines,
  total: number | undefined,
  { json }: Input,
  terminal: Terminal,
): Promise<void> => {
  using progress = new Progress(terminal.stderr, total, systemClock);
  let documents = 0;
  const show = (exported: number): void => {
    documents = exported;
    progress.update(documents, documentsDone(documents));
  };
  const bytes = await writeExportFile(file, lines(show));
  const { elapsedMs } = progress;
  progress[Symbol.dispose]();
  const durationMs = Math.round(elapsedMs);
  await terminal.stdout.line(
    json
      ? JSON.stringify({ file, documents, bytes, durationMs })
      : `exported ${formatCountOf(documents, "document")} to ${file} ` +
          `(${formatBytes(bytes)}) in ${formatDuration(elapsedMs)}`,
  );
};
