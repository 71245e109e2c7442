/** The options that the verbs which talk to a server share. */

import { Option, type Command } from "commander";
import { z } from "zod";

import { readAccessFile } from "../access/access-file.ts";
import { loadAuthorities } from "../access/tls-identity.ts";

import { Client } from "./client/client.ts";
import { CommandError } from "./command-error.ts";
import type { Terminal } from "./terminal.ts";

/** The collection of a verb that names none. */
export const defaultCollection = "default";

const defaultUrl = "http://127.0.0.1:8080";
const urlVariable = "BOXERDB_URL";
const tokenVariable = "BOXERDB_TOKEN";
const tokenFileVariable = "BOXERDB_TOKEN_FILE";
const authoritiesVariable = "BOXERDB_TLS_CA";

const serverInput = z
  .object({
    url: z.string().optional(),
    token: z.string().optional(),
    tokenFile: z.string().optional(),
    tlsCa: z.string().optional(),
  })
  .prefault({});

/** Which server to talk to, as the options say; what they leave open is in the environment. */
export type ServerInput = z.infer<typeof serverInput>;

/**
 * An option that says something about the server. All of them make one value together, so that no
 * verb can take a token for one of its own options, and send it somewhere as such.
 */
class ServerOption extends Option {
  constructor(flags: string, description: string) {
    super(flags, description);
    const name = super.attributeName();
    this.argParser<ServerInput | undefined>((value, before) => ({ ...before, [name]: value }));
  }

  override attributeName(): string {
    return "server";
  }
}

/** The option `--url`, for a verb that does not always talk to a server. */
export const urlOption = (description: string): Option =>
  new ServerOption("--url <url>", description);

/** Adds what shows a server who we are, and us who it is. */
export const declareCredentials = (command: Command): Command =>
  command
    .addOption(
      new ServerOption(
        "--token-file <file>",
        `file that holds the token for it (default: $${tokenFileVariable})`,
      ),
    )
    .addOption(
      new ServerOption(
        "--token <token>",
        `the token itself, which others may see in the list of processes (default: $${tokenVariable})`,
      ),
    )
    .addOption(
      new ServerOption(
        "--tls-ca <file>",
        `certificates in PEM of who signed the server's (default: $${authoritiesVariable}, or whom Node.js trusts)`,
      ),
    );

/** Adds `--url`, `--token-file`, `--token`, `--tls-ca` and `--json`. */
export const declareConnection = (command: Command): Command =>
  declareCredentials(
    command.addOption(
      urlOption(
        `the server, or several of one cluster: a,b,c (default: $${urlVariable}, or ${defaultUrl})`,
      ),
    ),
  ).option("--json", "print JSON, for programs; errors too");

/** Adds `--database` and, with `collectionDefault` for what happens without it, `--collection`. */
export const declarePlace = (command: Command, collectionDefault = "default: default"): Command =>
  command
    .option("--database <name>", "the database (default: default)")
    .option("--collection <name>", `the collection (${collectionDefault})`);

/** The parts of a verb's input that `declareConnection` makes. */
export const connectionInput = {
  server: serverInput,
  json: z.boolean().default(false),
};

/** The parts of a verb's input that `declarePlace` makes. */
export const placeInput = {
  database: z.string().default("default"),
  collection: z.string().default(defaultCollection),
};

/** How to talk to a server, besides what the options and the environment say. */
export interface ConnectOptions {
  /** How long an answer may take to begin and to go on, in milliseconds. Default: 30 s. */
  readonly timeoutMs?: number;
  /** Whether the server is shown the token. Default: true. */
  readonly showsToken?: boolean;
}

/**
 * Makes a client of the server, or the servers, that the options name, else the environment, else this machine.
 *
 * @throws CommandError where what they say cannot be meant, AccessFileError where a file that they name
 * cannot be read.
 */
export const connect = (
  server: ServerInput,
  environment: Terminal["environment"],
  { timeoutMs, showsToken = true }: ConnectOptions = {},
): Client => {
  const token = showsToken ? tokenOf(server, environment) : undefined;
  const authorities = server.tlsCa ?? given(environment, authoritiesVariable);
  return new Client(serverUrls(server.url, environment), {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(token === undefined ? {} : { token }),
    ...(authorities === undefined ? {} : { authorities: loadAuthorities(authorities) }),
  });
};

/**
 * The URLs of the server, or of several of one cluster, with commas between them: from the flag, else the
 * environment, else this machine. Throws CommandError.
 */
const serverUrls = (
  flag: string | undefined,
  environment: Terminal["environment"],
): readonly [URL, ...URL[]] => {
  const variable = given(environment, urlVariable);
  const [name, text] =
    flag !== undefined
      ? ["--url", flag]
      : variable !== undefined
        ? [urlVariable, variable]
        : ["the default", defaultUrl];
  const [first, ...others] = text.split(",").map((one) => serverUrl(name, one.trim()));
  if (first === undefined) throw new Error("assertion failed: a split text has a part");
  return [first, ...others];
};

const serverUrl = (name: string, text: string): URL => {
  const url = URL.parse(text);
  if (url !== null && ["http:", "https:"].includes(url.protocol)) return url;
  throw new CommandError(
    "usage",
    `${name} is ${JSON.stringify(text)}, which is not an http or https URL: ` +
      `write it as in ${defaultUrl}`,
  );
};

/** Flags go before the environment; of the two of one kind, the token itself before its file. */
const tokenOf = (
  { token, tokenFile }: ServerInput,
  environment: Terminal["environment"],
): string | undefined => {
  if (token !== undefined && tokenFile !== undefined) {
    throw new CommandError("usage", "--token and --token-file say two things: give one of them");
  }
  if (token !== undefined) return checkedToken("--token", token);
  if (tokenFile !== undefined) return tokenIn(tokenFile);
  const variable = given(environment, tokenVariable);
  if (variable !== undefined) return checkedToken(tokenVariable, variable);
  const path = given(environment, tokenFileVariable);
  return path === undefined ? undefined : tokenIn(path);
};

const tokenIn = (path: string): string =>
  checkedToken(path, readAccessFile("the token file", path).text.trim());

/** What could not stand in a header is no token. It is not quoted: it may be a secret all the same. */
const checkedToken = (place: string, token: string): string => {
  if (/^[\w.~+/=-]+$/.test(token)) return token;
  throw new CommandError(
    "usage",
    `${place} does not hold a token: give the one line that \`boxerdb token create\` printed`,
  );
};

/** A variable that is set, and not to nothing. */
const given = (environment: Terminal["environment"], name: string): string | undefined => {
  const value = environment[name];
  return value === "" ? undefined : value;
};
