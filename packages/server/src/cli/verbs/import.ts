import { addAbortSignal } from "node:stream";

import { Option } from "commander";
import { z } from "zod";

import { lineBlocks } from "../../documents/line-blocks.ts";
import { systemClock } from "../clock.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { checkDocuments } from "../import/dry-run.ts";
import { lineParts } from "../import/import-parts.ts";
import { importParts } from "../import/importer.ts";
import { content, openInput } from "../import/input.ts";
import { readAhead } from "../import/read-ahead.ts";
import { seconds, wholeNumber } from "../option-values.ts";
import { documentsDone, Progress } from "../progress.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Terminal } from "../terminal.ts";
import { formatCount, formatCountOf, formatDuration, formatRate } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  source: z.string(),
  fromLine: z.number().default(1),
  id: z.string().optional(),
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
    "(known by its content), as export writes them. A line without a collection goes to\n" +
    "--collection. Of several lines with one key the last one wins. Repeats what failed because\n" +
    "the server was away, or leads no more: --url takes all servers of a cluster. Where it has to\n" +
    "stop, run the same command again: the server knows by the file's path, size and time of\n" +
    "change, or by --id, how far it came, and stores each line once. A file whose import was\n" +
    "completed is imported anew.",
  examples: [
    { does: "a file", line: "boxerdb import packages.ndjson.gz --collection packages" },
    { does: "only check it", line: "boxerdb import packages.ndjson.gz --dry-run" },
    {
      does: "leave out a bad line, 12001",
      line: "boxerdb import packages.ndjson.gz --from-line 12002",
    },
    {
      does: "from a pipe, so that the same again continues",
      line: "zcat packages.ndjson.gz | boxerdb import - --id packages-1",
    },
    {
      does: "into a cluster, whoever leads it",
      line: "boxerdb import packages.ndjson.gz --url http://a:8080,http://b:8080,http://c:8080",
    },
    {
      does: "copy a database",
      line: "boxerdb export --url http://a:8080 | boxerdb import - --url http://b:8080",
    },
  ],
  exitCodes: ["conflict", "unavailable", "interrupted"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .argument("<source>", "the file, or - for standard input")
          .option("--from-line <n>", "skip the lines before this one (default: 1)", wholeNumber(1))
          .addOption(
            new Option(
              "--id <text>",
              "name of the import, to continue it until it is complete (default: made of the file)",
            ).conflicts("fromLine"),
          )
          .option(
            "--retry-seconds <seconds>",
            "how long to repeat a request while the server is away (default: 30)",
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
    const bytes = content(opened, (read) => {
      readBytes = read;
    });
    const show = (documents: number): void => progress.update(readBytes, documentsDone(documents));
    const documents = wish.dryRun
      ? await checkDocuments(lineBlocks(bytes, { maxLineBytes }), wish, show)
      : await send(bytes, wish, terminal, retryPolicy(wish, signal, progress), progress, show);
    const { elapsedMs } = progress;
    progress[Symbol.dispose]();
    await terminal.stdout.line(summary(wish, documents, elapsedMs));
    return undefined;
  },
};

/** No document that a server takes by default needs a longer line. */
const maxLineBytes = 64 * 1024 * 1024;

const send = async (
  bytes: AsyncIterable<Buffer>,
  wish: Input,
  { environment }: Terminal,
  retry: RetryPolicy,
  progress: Progress,
  acknowledged: (documents: number) => void,
): Promise<number> => {
  await using client = connect(wish.server, environment);
  const partsFrom = (firstLine: number) => readAhead(lineParts(bytes, { firstLine, maxLineBytes }));
  const continued = (lines: number): void => {
    progress.note(`lines up to ${formatCount(lines)} are stored: continuing after them`);
  };
  return await importParts(partsFrom, wish, { client, retry, continued, acknowledged });
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
