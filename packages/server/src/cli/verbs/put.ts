import { text } from "node:stream/consumers";

import type { JsonValue } from "@boxerdb/engine";
import { Option } from "commander";
import { z } from "zod";

import { jsonErrorAt } from "../../http/json-syntax.ts";
import type { PutCondition } from "../client/wishes.ts";
import { CommandError } from "../command-error.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { wholeNumber } from "../option-values.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  key: z.string(),
  value: z.string(),
  string: z.boolean().default(false),
  ifOffset: z.number().optional(),
  ifAbsent: z.boolean().default(false),
  ttl: z.number().optional(),
  ...connectionInput,
  ...placeInput,
});
type Input = z.infer<typeof input>;

/** `boxerdb put <key> <value>`: creates or replaces one value. */
export const putVerb: Verb<Input> = {
  name: "put",
  summary: "store a value under a key",
  description:
    "Creates or replaces the value of a key. Prints the offset of the write when it is acknowledged.",
  examples: [
    { does: "an object", line: `boxerdb put ada '{"name": "Ada", "born": 1815}'` },
    {
      does: "a string, with no quotes of JSON around it",
      line: "boxerdb put greeting --string 'Hello World!'",
    },
    { does: "from a file", line: "boxerdb put config - < config.json" },
    {
      does: "only if nobody changed it since it was read at offset 41",
      line: "boxerdb put ada '{}' --if-offset 41",
    },
    { does: "for an hour", line: 'boxerdb put session --ttl 3600 \'{"user": "ada"}\'' },
  ],
  exitCodes: ["conflict", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .argument("<key>", "the key, as it is: no encoding")
          .argument("<value>", "the value as JSON, or - to read it from standard input")
          .option("--ttl <seconds>", "let the value expire after so many seconds", wholeNumber(1))
          .option("--string", "store the value as a string instead of reading it as JSON")
          .option(
            "--if-offset <offset>",
            "only if the key's value is the one written at this offset",
            wholeNumber(0),
          )
          .addOption(
            new Option("--if-absent", "only if the key has no value yet").conflicts("ifOffset"),
          ),
      ),
    ),
  async run({ key, server, json, database, collection, ...wish }, terminal) {
    const value = await valueOf(wish, terminal);
    await using client = connect(server, terminal.environment);
    const offset = await client.put({ database, collection }, key, value, {
      condition: conditionOf(wish),
      ttl: wish.ttl,
    });
    await terminal.stdout.line(json ? JSON.stringify({ key, offset }) : `put at offset ${offset}`);
    return undefined;
  },
};

const conditionOf = ({
  ifOffset,
  ifAbsent,
}: Pick<Input, "ifOffset" | "ifAbsent">): PutCondition | undefined => {
  if (ifOffset !== undefined) return { ifOffset };
  return ifAbsent ? { ifAbsent } : undefined;
};

const valueOf = async (
  { value, string }: Pick<Input, "value" | "string">,
  terminal: Terminal,
): Promise<JsonValue> => {
  const fromStdin = value === "-";
  const content = fromStdin ? await text(terminal.stdin) : value;
  if (string) return content;
  try {
    const parsed: JsonValue = JSON.parse(content);
    return parsed;
  } catch (error) {
    const what = fromStdin ? "standard input" : "the value";
    const place = jsonErrorAt(content);
    const reason =
      place === undefined
        ? String(error)
        : `${place.message}, at line ${place.line}, column ${place.column}`;
    throw new CommandError(
      "usage",
      `${what} is not JSON: ${reason}. To store it as a string, add --string`,
      { cause: error },
    );
  }
};
