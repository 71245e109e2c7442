import { checkName } from "@boxerdb/engine";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";

import { scopes } from "../../../access/scope.ts";
import { digestOf, makeSecret } from "../../../access/token.ts";
import { addToken } from "../../../access/tokens-file-change.ts";
import { isTokenName, tokenNameRule, type TokenLine } from "../../../access/tokens-file.ts";
import { CommandError } from "../../command-error.ts";
import type { Verb } from "../../verb.ts";

import {
  declareTokensFile,
  reloadNote,
  tokensFileInput,
  tokensFilePath,
} from "./tokens-file-option.ts";

const input = z.object({
  name: z.string(),
  scope: z.enum(scopes),
  database: z.array(z.string()).optional(),
  expires: z.string().optional(),
  ...tokensFileInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb token create`: a new token. */
export const tokenCreateVerb: Verb<Input> = {
  name: "create",
  summary: "make a token and print its secret",
  description:
    "Makes a token and adds it to the file. Its secret is printed on standard output, once: the\n" +
    "file holds only the SHA-256 of it. Clients send it as Authorization: Bearer <secret>.\n" +
    "read allows to read; write also to write; admin also to create and drop databases and to\n" +
    "maintain the node. A server that runs takes it when it is sent SIGHUP.",
  examples: [
    {
      does: "one for a service that writes to the database app",
      line: "boxerdb token create --name shop --scope write --database app --tokens-file tokens",
    },
    {
      does: "one for yourself, kept where the command line finds it",
      line: "(umask 077; boxerdb token create --name me --scope admin --tokens-file tokens > me.token)",
    },
  ],
  exitCodes: ["storage"],
  input,
  declare: (command) =>
    declareTokensFile(
      command
        .requiredOption("--name <name>", "tells it from the others", tokenName)
        .addOption(
          new Option("--scope <scope>", "what it allows").choices(scopes).makeOptionMandatory(),
        )
        .option(
          "--database <name>",
          "good for this database only; may be given several times (default: for all)",
          collectDatabases,
        )
        .option("--expires <time>", "until when, such as 2027-01-31 (default: for ever)", time),
    ),
  async run({ name, scope, database, expires, tokensFile, json }, { stdout, stderr, environment }) {
    if (expires !== undefined && Date.parse(expires) <= Date.now()) {
      throw new CommandError("usage", `--expires ${expires} has passed: give a time to come`);
    }
    const path = tokensFilePath(tokensFile, environment);
    const secret = makeSecret();
    const token: TokenLine = {
      name,
      scope,
      sha256: digestOf(secret),
      ...(database === undefined ? {} : { databases: database }),
      ...(expires === undefined ? {} : { expires }),
      created: new Date().toISOString(),
    };
    await addToken(path, token);
    await stdout.line(json ? JSON.stringify({ ...token, token: secret }) : secret);
    if (!json) {
      await stderr.line(`This is the only time that the token is shown. ${reloadNote}`);
    }
    return undefined;
  },
};

const tokenName = (text: string): string => {
  if (isTokenName(text)) return text;
  throw new InvalidArgumentError(`It ${tokenNameRule}.`);
};

const collectDatabases = (name: string, before: readonly string[] | undefined): string[] => {
  checkName("database", name);
  return [...(before ?? []), name];
};

/** A day, which counts from its beginning in UTC, or a time of a day. */
const time = (text: string): string => {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const date = new Date(text);
  if (!isTime || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError("It takes a time such as 2027-01-31 or 2027-01-31T12:00Z.");
  }
  return date.toISOString();
};
