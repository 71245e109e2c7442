import { z } from "zod";

import { confirm } from "../confirmation.ts";
import { connect, connectionInput, declareConnection } from "../connection-options.ts";
import { formatCountOf } from "../units.ts";
import type { Verb } from "../verb.ts";

const input = z.object({
  database: z.string(),
  yes: z.boolean().default(false),
  ...connectionInput,
});

/** `boxerdb drop <database>`: removes a database. */
export const dropVerb: Verb<z.infer<typeof input>> = {
  name: "drop",
  summary: "remove a database with all that is in it",
  description:
    "Removes a database with its collections and its log, on the leader and on all followers. Says\n" +
    "what is in it and asks before. What was removed is only in backups then.",
  examples: [
    { does: "say what it holds, ask, and remove it", line: "boxerdb drop shop" },
    { does: "in a script, where nobody can be asked", line: "boxerdb drop shop --yes" },
  ],
  exitCodes: ["notFound", "unavailable"],
  input,
  declare: (command) =>
    declareConnection(command.argument("<database>", "the database").option("--yes", "do not ask")),
  async run({ database, yes, server, json }, terminal) {
    await using client = connect(server, terminal.environment);
    const { collections } = await client.database(database);
    const keys = collections.reduce((sum, collection) => sum + collection.keys, 0);
    const held = `${formatCountOf(keys, "document")} in ${formatCountOf(collections.length, "collection")}`;
    await confirm({ act: `drop database ${database} with ${held}`, given: yes }, terminal);
    await client.dropDatabase(database);
    await terminal.stdout.line(
      json ? JSON.stringify({ dropped: database, keys }) : `dropped database ${database}: ${held}`,
    );
    return undefined;
  },
};
