import { z } from "zod";

import type { ToldChange } from "../client/answers.ts";
import { followChanges } from "../client/changes.ts";
import type { ChangesQuery } from "../client/wishes.ts";
import { systemClock } from "../clock.ts";
import { CommandError } from "../command-error.ts";
import {
  connect,
  connectionInput,
  declareConnection,
  declarePlace,
  placeInput,
} from "../connection-options.ts";
import { GrowingTable } from "../growing-table.ts";
import { wholeNumber } from "../option-values.ts";
import type { Output } from "../output.ts";
import type { RetryPolicy } from "../retry.ts";
import { shownKey, shownMembers } from "../shown-text.ts";
import type { Terminal } from "../terminal.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  from: z.number().optional(),
  prefix: z.string().optional(),
  ...connectionInput,
  ...placeInput,
  collection: z.string().optional(),
});
type Input = z.infer<typeof input>;

/** `boxerdb watch`: changes as they are committed. */
export const watchVerb: Verb<Input> = {
  name: "watch",
  summary: "print changes as they are committed",
  description:
    "Prints every change of a database as it is committed, one a line, until Ctrl-C: its offset, what\n" +
    "was done, the collection, the key and the value. With --from, the changes from that offset on\n" +
    "come first, as far as compaction has kept them. Where the server is away it waits for it and\n" +
    "goes on where it was: no change is missed or printed twice.\n" +
    "With --json: one JSON object a line, as the server tells it.",
  examples: [
    { does: "what is written from now on", line: "boxerdb watch" },
    {
      does: "the keys of one user, from the beginning",
      line: "boxerdb watch --collection orders --prefix ada/ --from 0",
    },
    { does: "deletions, for a program", line: `boxerdb watch --json | grep '"op":"delete"'` },
  ],
  exitCodes: ["notFound", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(
      declarePlace(
        command
          .option("--from <offset>", "begin at this offset (default: now)", wholeNumber(0))
          .option("--prefix <text>", "keys that begin with this; needs --collection"),
        "default: all",
      ),
    ),
  async run(wish, terminal) {
    const { database, collection, prefix } = wish;
    if (prefix !== undefined && collection === undefined) {
      throw new CommandError("usage", "--prefix needs --collection: it means keys of one");
    }
    const { stdout, stderr, environment } = terminal;
    using interruption = terminal.watchInterruption();
    const { signal } = interruption;
    await using client = connect(wish.server, environment);
    // A request that waits is not worth waiting for.
    signal.addEventListener("abort", () => void client[Symbol.asyncDispose]());
    const format = wish.json ? jsonLines : tableLines(stdout);
    const from: ChangesQuery["from"] = wish.from ?? "now";
    const query = { from, collection, prefix };
    if (stderr.isTerminal) await stderr.line(`watching database ${database}; Ctrl-C ends it`);
    try {
      for await (const changes of followChanges(
        client,
        database,
        query,
        patience(terminal, signal),
      )) {
        if (changes.length > 0) await stdout.write(format(changes));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return undefined;
  },
};

/** A server that was there once is waited for, however long it takes. */
const patience = ({ stderr }: Terminal, signal: AbortSignal): RetryPolicy => ({
  forMs: Number.POSITIVE_INFINITY,
  clock: systemClock,
  signal,
  failed: (error, attempt) => {
    if (attempt === 1) stderr.stream.write(`${error.message}\nTrying again until it is back\n`);
  },
});

type Format = (changes: readonly ToldChange[]) => string;

const jsonLines: Format = (changes) =>
  changes.map((change) => `${JSON.stringify(change)}\n`).join("");

const tableLines = (stdout: Output): Format => {
  const table = new GrowingTable(stdout, [
    { title: "offset", align: "right" },
    { title: "change" },
    { title: "collection" },
    { title: "key" },
    { title: "value" },
  ]);
  return (changes) =>
    table.page(
      changes.map((change) => [
        String(change.offset),
        change.op,
        change.collection,
        shownKey(change.key),
        shownMembers(change),
      ]),
    );
};
