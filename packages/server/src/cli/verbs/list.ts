import { Option } from "commander";
import { z } from "zod";

import type { ListedEntry } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import { pages } from "../client/listing.ts";
import type { Place } from "../client/wishes.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  defaultCollection,
  placeInput,
} from "../connection-options.ts";
import { GrowingTable } from "../growing-table.ts";
import { noSuchCollection } from "../no-such-collection.ts";
import { wholeNumber } from "../option-values.ts";
import type { Output } from "../output.ts";
import { shownKey, shownMembers } from "../shown-text.ts";
import { formatCount } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  prefix: z.string().optional(),
  gt: z.string().optional(),
  gte: z.string().optional(),
  lt: z.string().optional(),
  lte: z.string().optional(),
  reverse: z.boolean().default(false),
  limit: z.number().optional(),
  keysOnly: z.boolean().default(false),
  count: z.boolean().default(false),
  ...connectionInput,
  ...placeInput,
  collection: z.string().optional(),
});
type Input = z.infer<typeof input>;

/** `boxerdb list`: keys and values in the order of the keys. */
export const listVerb: Verb<Input> = {
  name: "list",
  summary: "list keys and values in key order",
  description:
    "Lists a collection in the order of the keys' bytes: key, offset and value, one a line.\n" +
    "On a terminal a value is cut to what fits; into a pipe or a file it is whole.\n" +
    "With --json: one JSON object a line. Pages are followed until the end or --limit.",
  examples: [
    { does: "the first ten keys of a scope", line: "boxerdb list --prefix @types/ --limit 10" },
    { does: "from one key to before another", line: "boxerdb list --gte a --lt b" },
    { does: "the last key", line: "boxerdb list --reverse --limit 1 --keys-only" },
    { does: "how many there are", line: "boxerdb list --prefix @types/ --count" },
  ],
  exitCodes: ["notFound", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .option("--prefix <text>", "keys that begin with this")
          .option("--gt <key>", "keys after this one")
          .option("--gte <key>", "keys from this one on")
          .option("--lt <key>", "keys before this one")
          .option("--lte <key>", "keys up to this one")
          .option("--reverse", "from the last key to the first")
          .option("--limit <n>", "at most so many (default: all)", wholeNumber(0))
          .option("--keys-only", "only the keys, one a line")
          .addOption(
            new Option("--count", "only how many there are").conflicts([
              "limit",
              "keysOnly",
              "reverse",
            ]),
          ),
      ),
    ),
  async run(
    { server, json, database, collection: named, count, ...query },
    { stdout, stderr, environment },
  ) {
    const collection = named ?? defaultCollection;
    const place = { database, collection };
    await using client = connect(server, environment);
    if (count) {
      const total = await client.count(place, query);
      if (total === 0 && named !== undefined) await assertCollection(client, place);
      const shown = stdout.isTerminal ? formatCount(total) : String(total);
      await stdout.line(json ? JSON.stringify({ count: total }) : shown);
      return undefined;
    }
    const format = json ? jsonLines : query.keysOnly ? keyLines : tableLines(stdout);
    let listed = 0;
    for await (const entries of pages(client, place, query)) {
      if (entries.length > 0) await stdout.write(format(entries));
      listed += entries.length;
    }
    if (listed === 0 && named !== undefined) await assertCollection(client, place);
    if (listed === 0 && stdout.isTerminal && !json) {
      await stderr.line(`no such keys in collection ${collection} of database ${database}`);
    }
    return undefined;
  },
};

/** A name that was mistyped is told; the default collection is there, whether it holds keys or not. */
const assertCollection = async (client: Client, place: Place): Promise<void> => {
  const { collections } = await client.database(place.database);
  const names = collections.map(({ name }) => name);
  if (!names.includes(place.collection)) throw noSuchCollection(place, names);
};

type Format = (entries: readonly ListedEntry[]) => string;

const jsonLines: Format = (entries) =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

const keyLines: Format = (entries) => entries.map((entry) => `${shownKey(entry.key)}\n`).join("");

const tableLines = (stdout: Output): Format => {
  const table = new GrowingTable(stdout, [
    { title: "key" },
    { title: "offset", align: "right" },
    { title: "value" },
  ]);
  return (entries) =>
    table.page(
      entries.map((entry) => [shownKey(entry.key), String(entry.offset), shownMembers(entry)]),
    );
};
