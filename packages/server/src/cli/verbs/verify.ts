import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { verifyDirectory } from "@boxerdb/engine";
import { z } from "zod";

import { systemClock } from "../clock.ts";
import { exitCode } from "../exit-code.ts";
import { Progress } from "../progress.ts";
import { formatBytes } from "../units.ts";
import type { Verb } from "../verb.ts";
import { verifyReport } from "../verify-report.ts";

const input = z.object({ directory: z.string(), json: z.boolean().default(false) });

/** `boxerdb verify <directory>`: every checksum of a data directory. */
export const verifyVerb: Verb<z.infer<typeof input>> = {
  name: "verify",
  summary: "check every byte of a data directory",
  description:
    "Reads all logs of a data directory and checks every checksum, the order of offsets and that\n" +
    "no file is missing. Changes nothing. A write that a crash cut short at the end of a log was\n" +
    "never acknowledged and is no damage: the next start cuts it off.",
  examples: [
    { does: "a directory", line: "boxerdb verify ./data" },
    { does: "in a script", line: "boxerdb verify ./data --json || echo damaged" },
  ],
  exitCodes: ["storage", "damaged"],
  input,
  declare: (command) =>
    command
      .argument("<directory>", "the data directory")
      .option("--json", "print JSON, for programs; errors too"),
  async run({ directory, json }, { stdout, stderr }) {
    using progress = new Progress(stderr, await bytesIn(directory), systemClock);
    const report = await verifyDirectory(directory, {
      onProgress: (readBytes) => progress.update(readBytes, () => `${formatBytes(readBytes)} read`),
    });
    progress[Symbol.dispose]();
    const lines = verifyReport(report, (title) => stdout.styled("bold", title));
    await stdout.line(json ? JSON.stringify(report) : lines.join("\n"));
    return report.ok ? undefined : exitCode.damaged;
  },
};

/** The size of all files in a directory and below it. */
const bytesIn = async (directory: string): Promise<number> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};
