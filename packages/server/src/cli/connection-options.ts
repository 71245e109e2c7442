/** The options that the verbs which talk to a server share. */

import type { Command } from "commander";
import { z } from "zod";

import { CommandError } from "./command-error.ts";
import type { Terminal } from "./terminal.ts";

/** The collection of a verb that names none. */
export const defaultCollection = "default";

const defaultUrl = "http://127.0.0.1:8080";
const urlVariable = "BOXERDB_URL";

/** Adds `--url` and `--json`. */
export const declareConnection = (command: Command): Command =>
  command
    .option("--url <url>", `the server (default: $${urlVariable}, or ${defaultUrl})`)
    .option("--json", "print JSON, for programs; errors too");

/** Adds `--database` and, with `collectionDefault` for what happens without it, `--collection`. */
export const declarePlace = (command: Command, collectionDefault = "default: default"): Command =>
  command
    .option("--database <name>", "the database (default: default)")
    .option("--collection <name>", `the collection (${collectionDefault})`);

/** The parts of a verb's input that `declareConnection` makes. */
export const connectionInput = {
  url: z.string().optional(),
  json: z.boolean().default(false),
};

/** The parts of a verb's input that `declarePlace` makes. */
export const placeInput = {
  database: z.string().default("default"),
  collection: z.string().default(defaultCollection),
};

/** The URL of the server: the flag, else the environment, else this machine. */
export const serverUrl = (flag: string | undefined, environment: Terminal["environment"]): URL => {
  const variable = environment[urlVariable];
  const [name, text] =
    flag !== undefined
      ? ["--url", flag]
      : variable !== undefined && variable !== ""
        ? [urlVariable, variable]
        : ["the default", defaultUrl];
  const url = URL.parse(text);
  if (url !== null && ["http:", "https:"].includes(url.protocol)) return url;
  throw new CommandError(
    "usage",
    `${name} is ${JSON.stringify(text)}, which is not an http or https URL: ` +
      `write it as in ${defaultUrl}`,
  );
};
