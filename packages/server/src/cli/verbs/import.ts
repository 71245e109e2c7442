import { addAbortSignal } from "node:stream";

import { z } from "zod";

import { systemClock } from "../clock.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { batches } from "../import/batches.ts";
import { checkDocuments } from "../import/dry-run.ts";
import { importBatches } from "../import/importer.ts";
import { content, openInput } from "../import/input.ts";
import { readLines } from "../import/line-reader.ts";
import { seconds, wholeNumber } from "../option-values.ts";
import { documentsDone, Progress } from "../progress.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Terminal } from "../terminal.ts";
import { formatCountOf, formatDuration, formatRate } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  source: z.string(),
  fromLine: z.number().default(1),
  retrySeconds: z.number().default(30),
  dryRun: z.boolean().default(false),
  ...connectionInput,
  ...placeInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb import <file>`: many documents, from lines of JSON. */
export const importVerb: Verb<Input> = {
  name: "import",
  summary: "store many documents from lines of JSON",
  description:
    'Stores documents from a file of lines {"key": …, "value": …, "collection": …}, plain or gzip\n' +
    "(known by its content). A line without a collection goes to --collection. Of several lines\n" +
    "with one key the last one wins. Repeats what failed because the server was away; where it\n" +
    "has to stop, it says up to which line all is acknowledged and how to go on.",
  examples: [
    { does: "a file", line: "boxerdb import packages.ndjson.gz --collection packages" },
    { does: "only check it", line: "boxerdb import packages.ndjson.gz --dry-run" },
    {
      does: "go on where an import stopped",
      line: "boxerdb import packages.ndjson.gz --from-line 12001",
    },
    {
      does: "copy a database",
      line: "boxerdb export --url http://a:8080 | boxerdb import - --url http://b:8080",
    },
  ],
  exitCodes: ["unavailable", "interrupted"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .argument("<source>", "the file, or - for standard input")
          .option("--from-line <n>", "skip the lines before this one (default: 1)", wholeNumber(1))
          .option(
            "--retry-seconds <seconds>",
            "how long to repeat a batch while the server is away (default: 30)",
            seconds,
          )
          .option("--dry-run", "check every line, send nothing"),
        "of lines that name none; default: default",
      ),
    ),
  async run(wish, terminal) {
    using interruption = terminal.watchInterruption();
    const { signal } = interruption;
    const opened = await openInput(wish.source, terminal.stdin);
    addAbortSignal(signal, opened.stream);
    using progress = new Progress(terminal.stderr, opened.totalBytes, systemClock);
    let readBytes = 0;
    const lines = readLines(
      content(opened, (bytes) => {
        readBytes = bytes;
      }),
    );
    const show = (documents: number): void => progress.update(readBytes, documentsDone(documents));
    const documents = wish.dryRun
      ? await checkDocuments(lines, wish, show)
      : await send(lines, wish, terminal, retryPolicy(wish, signal, progress), show);
    const { elapsedMs } = progress;
    progress[Symbol.dispose]();
    await terminal.stdout.line(summary(wish, documents, elapsedMs));
    return undefined;
  },
};

const send = async (
  lines: ReturnType<typeof readLines>,
  { server, database, collection, fromLine }: Input,
  { environment }: Terminal,
  retry: RetryPolicy,
  acknowledged: (documents: number) => void,
): Promise<number> => {
  await using client = connect(server, environment);
  const target = { client, database, retry, acknowledged };
  return await importBatches(batches(lines, { collection, fromLine }), target, fromLine);
};

const retryPolicy = (
  { retrySeconds }: Input,
  signal: AbortSignal,
  progress: Progress,
): RetryPolicy => ({
  forMs: retrySeconds * 1000,
  clock: systemClock,
  signal,
  failed: (error, attempt, leftMs) => {
    // Once is enough: the rest is waiting.
    if (attempt > 1) return;
    progress.note(`${error.message}\nTrying again for ${formatDuration(leftMs)}`);
  },
});

const summary = (
  { json, dryRun }: Pick<Input, "json" | "dryRun">,
  documents: number,
  elapsedMs: number,
): string => {
  if (json) return JSON.stringify({ documents, durationMs: Math.round(elapsedMs), dryRun });
  const amount = formatCountOf(documents, "document");
  if (dryRun) return `${amount}, all well-formed; nothing was sent`;
  const time = `${formatDuration(elapsedMs)} (${formatRate(documents, elapsedMs)})`;
  return `imported ${amount} in ${time}`;
};
