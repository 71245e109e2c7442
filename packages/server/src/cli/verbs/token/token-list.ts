import { z } from "zod";

import { readTokens } from "../../../access/tokens-file-change.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "../../table.ts";
import type { Verb } from "../../verb.ts";

import { declareTokensFile, tokensFileInput, tokensFilePath } from "./tokens-file-option.ts";

const input = z.object(tokensFileInput);

const columns: readonly Column[] = [
  { title: "name" },
  { title: "scope" },
  { title: "databases" },
  { title: "expires" },
  { title: "created" },
];

/** `boxerdb token list`: the tokens that a file has. */
export const tokenListVerb: Verb<z.infer<typeof input>> = {
  name: "list",
  summary: "list the tokens of a file",
  description:
    "Lists the tokens: what each allows, for which databases and until when. With --json: one\n" +
    "JSON object a line, as in the file. The secrets are kept nowhere.",
  examples: [{ does: "all of them", line: "boxerdb token list --tokens-file tokens" }],
  exitCodes: ["storage"],
  input,
  declare: (command) => declareTokensFile(command),
  async run({ tokensFile, json }, { stdout, environment }) {
    const tokens = readTokens(tokensFilePath(tokensFile, environment));
    if (json) {
      for (const token of tokens) await stdout.line(JSON.stringify(token));
      return undefined;
    }
    const rows = tokens.map(({ name, scope, databases, expires, created }) => [
      name,
      scope,
      databases?.join(", ") ?? "all",
      expires ?? "never",
      created ?? "",
    ]);
    const widths = columnWidths(columns, rows);
    await stdout.line(stdout.styled("bold", formatTitles(columns, widths)));
    for (const row of formatRows(columns, rows, widths)) await stdout.line(row);
    return undefined;
  },
};
