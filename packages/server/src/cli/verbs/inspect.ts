import { inspect, type InspectedItem } from "@boxerdb/engine";
import { z } from "zod";

import { CommandError } from "../command-error.ts";
import { exitCode } from "../exit-code.ts";
import { InspectionText, inspectionLine } from "../inspection-text.ts";
import { wholeNumber } from "../option-values.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  directory: z.string(),
  database: z.string().optional(),
  from: z.number().default(0),
  limit: z.number().default(Number.POSITIVE_INFINITY),
  json: z.boolean().default(false),
});
type Input = z.infer<typeof input>;

/** `boxerdb inspect <directory>`: the records of a data directory as text. */
export const inspectVerb: Verb<Input> = {
  name: "inspect",
  summary: "print the records of a data directory",
  description:
    "Prints the log of each database of a data directory, a record a line: offset, time, epoch,\n" +
    "kind, size, collection, key and value. Reads the files as they are and changes nothing; the\n" +
    "server may be running, in which case the end may look unfinished.\n" +
    "With --json: one object a line, with files, groups and places too.",
  examples: [
    { does: "all there is", line: "boxerdb inspect ./data" },
    {
      does: "ten records from an offset on",
      line: "boxerdb inspect ./data --database app --from 41 --limit 10",
    },
    {
      does: "every write of a key",
      line: `boxerdb inspect ./data --json | jq 'select(.key == "ada")'`,
    },
  ],
  exitCodes: ["notFound", "storage", "damaged"],
  input,
  declare: (command) =>
    command
      .argument("<directory>", "the data directory")
      .option("--database <name>", "only this database (default: all)")
      .option("--from <offset>", "only records from this offset on (default: 0)", wholeNumber(0))
      .option("--limit <n>", "at most so many records (default: all)", wholeNumber(0))
      .option("--json", "print JSON, for programs; errors too"),
  async run({ directory, database, json, ...bounds }, { stdout }) {
    const text = new InspectionText(stdout);
    let found = false;
    let isDamaged = false;
    for await (const item of within(inspect(directory, databaseOption(database)), bounds)) {
      found = true;
      if (item.type === "damage" && !item.isTornTail) isDamaged = true;
      await stdout.write(json ? inspectionLine(item) : text.add(item));
    }
    if (!json) await stdout.write(text.end());
    if (!found && database !== undefined) {
      throw new CommandError("notFound", `there is no database ${database} in ${directory}`);
    }
    return isDamaged ? exitCode.damaged : undefined;
  },
};

const databaseOption = (database: string | undefined): { database?: string } =>
  database === undefined ? {} : { database };

/** The items from an offset on, until there have been enough records. */
async function* within(
  items: AsyncIterable<InspectedItem>,
  { from, limit }: Pick<Input, "from" | "limit">,
): AsyncGenerator<InspectedItem> {
  let left = limit;
  for await (const item of items) {
    if (item.type === "group" && item.nextOffset <= from) continue;
    if (item.type === "record") {
      if (item.offset < from) continue;
      if (left === 0) return;
      left -= 1;
    }
    yield item;
  }
}
