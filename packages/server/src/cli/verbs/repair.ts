import { resolve } from "node:path";

import { planRepair, repair } from "@boxerdb/engine";
import { z } from "zod";

import { confirm } from "../confirmation.ts";
import { exitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { repairReport } from "../repair-report.ts";
import { canAsk } from "../terminal.ts";
import type { Verb } from "../verb.ts";
import { watchedWork } from "../watched-work.ts";

const input = z.object({
  directory: z.string(),
  dryRun: z.boolean().default(false),
  yes: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** `boxerdb repair <directory>`: a damaged data directory, made sound by what is left of it. */
export const repairVerb: Verb<z.infer<typeof input>> = {
  name: "repair",
  summary: "make a damaged data directory sound, and tell what that loses",
  description:
    "Finds all damage in a data directory and says what a repair would do and exactly what would be\n" +
    "lost by it; does so when that was confirmed. A copy that is whole is better: see restore, or\n" +
    "start a follower with an empty directory. The files that change are kept beside the directory,\n" +
    "in <directory>.damaged. Afterwards it is another store to replicas: a leader's followers, and a\n" +
    "follower that was repaired, need empty directories. No server may be running on it.",
  examples: [
    { does: "only tell what would be lost", line: "boxerdb repair ./data --dry-run" },
    { does: "tell it, ask, and do it", line: "boxerdb repair ./data" },
    { does: "in a script, where nobody can be asked", line: "boxerdb repair ./data --yes --json" },
  ],
  exitCodes: ["conflict", "storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    command
      .argument("<directory>", "the data directory")
      .option("--dry-run", "change nothing; ends with 8 where there is something to repair")
      .option("--yes", "do not ask")
      .option("--json", "print JSON, for programs; errors too"),
  async run({ directory, dryRun, yes, json }, terminal) {
    const { stdout } = terminal;
    const path = resolve(directory);
    const { result: plan } = await watchedWork(terminal, "nothing was changed", (options) =>
      planRepair(path, options),
    );
    const tell = async (output: Output): Promise<void> =>
      output.line(repairReport(plan, (title) => output.styled("bold", title)).join("\n"));
    if (json && dryRun) await stdout.line(JSON.stringify(plan));
    if (!json) await tell(stdout);
    if (dryRun) return plan.isNeeded ? exitCode.damaged : undefined;
    if (plan.isNeeded) {
      // Who is asked must have seen what is lost, also where the output goes to a file or a program.
      const isSeen = !json && stdout.isTerminal;
      if (!yes && !isSeen && canAsk(terminal)) await tell(terminal.stderr);
      await confirm({ act: `repair ${directory}`, given: yes }, terminal);
    }
    // From here on Ctrl-C ends it as a crash would: what is left can be planned and repaired again.
    const report = await repair(path, plan);
    if (json) await stdout.line(JSON.stringify(report));
    else if (report.originals !== undefined) {
      await stdout.line(
        `repaired, and verified. The files as they were are in ${report.originals}: remove them ` +
          "when you are sure that you do not need them",
      );
    }
    return undefined;
  },
};
