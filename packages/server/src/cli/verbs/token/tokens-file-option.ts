/** What the verbs of the tokens file share. */

import type { Command } from "commander";
import { z } from "zod";

import { CommandError } from "../../command-error.ts";
import type { Terminal } from "../../terminal.ts";

const variable = "BOXERDB_TOKENS_FILE";

/** Adds `--tokens-file` and `--json`. */
export const declareTokensFile = (command: Command): Command =>
  command
    .option("--tokens-file <file>", `the file of the server's tokens (default: $${variable})`)
    .option("--json", "print JSON, for programs; errors too");

/** The parts of a verb's input that `declareTokensFile` makes. */
export const tokensFileInput = {
  tokensFile: z.string().optional(),
  json: z.boolean().default(false),
};

/** The path of the file: the flag, else the environment. */
export const tokensFilePath = (
  flag: string | undefined,
  environment: Terminal["environment"],
): string => {
  const path = flag ?? environment[variable];
  if (path !== undefined && path !== "") return path;
  throw new CommandError(
    "usage",
    "it is not known which file the tokens are in: give --tokens-file, the same as to the server",
  );
};

/** What makes a change count. */
export const reloadNote = "A running server goes by it once it is sent SIGHUP: kill -HUP <pid>";
