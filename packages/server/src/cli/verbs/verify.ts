import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { verifyDirectory, type WorkOptions } from "@boxerdb/engine";
import { z } from "zod";

import { CommandError } from "../command-error.ts";
import { comparisonReport } from "../comparison/comparison-report.ts";
import { isUrl, watchedComparison } from "../comparison/watched-comparison.ts";
import { connect, connectionInput, declareCredentials } from "../connection-options.ts";
import { exitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";
import { directoryReport, serverReport, type Style } from "../verify-report.ts";
import { watchedWork } from "../watched-work.ts";

const input = z.object({
  target: z.string(),
  database: z.string().optional(),
  against: z.string().optional(),
  ...connectionInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb verify <directory|url>`: every checksum of a data directory, or of a running server; and whether they hold the same. */
export const verifyVerb: Verb<Input> = {
  name: "verify",
  summary: "check every byte of a data directory or of a server",
  description:
    "Reads all logs of a data directory and checks every checksum, the order of offsets and that\n" +
    "no file is missing; the checkpoints beside them too, a bad one of which only costs time at the\n" +
    "next start. Changes nothing. A write that a crash cut short at the end of a log was\n" +
    "never acknowledged and is no damage: the next start cuts it off. A server, named by its URL,\n" +
    "reads all that is committed while it is used, and compares its index with it.\n\n" +
    "With --against, what a server or a directory holds is compared with what another server\n" +
    "does, instead: documents, offsets and expiries, by hashes and as of one offset of each\n" +
    "database, while both are used. It ends with 1 where they differ, and tells the first keys.\n" +
    "A directory is opened as a server does, so none may have it; what the server has written\n" +
    "since the directory's last offset is not compared, nor what expires within ten minutes.",
  examples: [
    { does: "a directory", line: "boxerdb verify ./data" },
    { does: "a server", line: "boxerdb verify http://127.0.0.1:8080" },
    {
      does: "whether two nodes hold the same",
      line: "boxerdb verify http://127.0.0.1:8080 --against http://127.0.0.1:8082",
    },
    { does: "in a script", line: "boxerdb verify ./data --json || echo damaged" },
  ],
  exitCodes: ["notFound", "unavailable", "storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    declareCredentials(
      command
        .argument("<target>", "the data directory, or the URL of a server")
        .option("--database <name>", "only this database (default: all)")
        .option("--against <url>", "compare with what this server holds, with the same token"),
    ).option("--json", "print JSON, for programs; errors too"),
  async run(wish, terminal) {
    const { stdout } = terminal;
    const style = (title: string): string => stdout.styled("bold", title);
    const { against } = wish;
    if (against !== undefined) {
      const compared = await watchedComparison({ ...wish, against }, terminal);
      const { left, right, comparison } = compared;
      const lines = comparisonReport(compared, style);
      const told = { ...comparison, left, right };
      await stdout.line(wish.json ? JSON.stringify(told) : lines.join("\n"));
      return comparison.ok ? undefined : exitCode.failed;
    }
    const { result } = await watchedWork(terminal, "not all was read", async (options) =>
      isUrl(wish.target)
        ? await verifyServer(wish, terminal.environment, options)
        : await verifyFiles(wish, options),
    );
    const { report } = result;
    await stdout.line(wish.json ? JSON.stringify(report) : result.lines(style).join("\n"));
    return report.ok ? undefined : exitCode.damaged;
  },
};

/** What was found, for programs and for people. */
interface Verification {
  readonly report: { readonly ok: boolean };
  readonly lines: (style: Style) => string[];
}

const verifyServer = async (
  { target, database, server }: Input,
  environment: Terminal["environment"],
  options: Required<WorkOptions>,
): Promise<Verification> => {
  await using client = connect({ ...server, url: target }, environment);
  const report = await client.verify(database, options);
  return { report, lines: (style) => serverReport(report, style) };
};

const verifyFiles = async (
  { target, database }: Input,
  { signal, onProgress }: Required<WorkOptions>,
): Promise<Verification> => {
  const totalBytes = await bytesIn(target);
  const report = await verifyDirectory(target, {
    signal,
    onProgress: (readBytes) => onProgress(readBytes, Math.max(totalBytes, readBytes)),
    ...(database !== undefined && { database }),
  });
  if (database !== undefined && report.databases.length === 0) {
    throw new CommandError("notFound", `there is no database ${database} in ${target}`);
  }
  return { report, lines: (style) => directoryReport(report, style) };
};

/** The size of all files in a directory and below it. */
const bytesIn = async (directory: string): Promise<number> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};
