import { z } from "zod";

import { removeToken } from "../../../access/tokens-file-change.ts";
import { CommandError } from "../../command-error.ts";
import type { Verb } from "../../verb.ts";

import {
  declareTokensFile,
  reloadNote,
  tokensFileInput,
  tokensFilePath,
} from "./tokens-file-option.ts";

const input = z.object({ name: z.string(), ...tokensFileInput });

/** `boxerdb token revoke <name>`: a token less. */
export const tokenRevokeVerb: Verb<z.infer<typeof input>> = {
  name: "revoke",
  summary: "take a token back",
  description:
    "Removes a token from the file, by its name. A server that runs lets nobody in with it any\n" +
    "more when it has been sent SIGHUP.",
  examples: [{ does: "one that got lost", line: "boxerdb token revoke shop --tokens-file tokens" }],
  exitCodes: ["notFound", "storage"],
  input,
  declare: (command) =>
    declareTokensFile(command.argument("<name>", "the name that it was created with")),
  async run({ name, tokensFile, json }, { stdout, stderr, environment }) {
    const path = tokensFilePath(tokensFile, environment);
    const removed = await removeToken(path, name);
    if (removed === undefined) {
      throw new CommandError(
        "notFound",
        `there is no token "${name}" in ${path}: \`boxerdb token list\` lists them`,
      );
    }
    await stdout.line(json ? JSON.stringify({ revoked: removed }) : `revoked ${name}`);
    if (!json) await stderr.line(reloadNote);
    return undefined;
  },
};
