import type { ListedEntry } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import { pages } from "../client/listing.ts";
import { CommandError } from "../command-error.ts";
import { noSuchCollection } from "../no-such-collection.ts";

/** What is to be exported. */
export interface ExportScope {
  readonly database: string;
  readonly collections: readonly string[];
  /** How many documents there were when it began. */
  readonly documents: number;
}

/** Asks which collections there are: all, or the one that is named. Rejects where that is missing. */
export const exportScope = async (
  client: Client,
  database: string,
  only: string | undefined,
): Promise<ExportScope> => {
  const { collections } = await client.database(database);
  const chosen = collections.filter(({ name }) => only === undefined || name === only);
  if (only !== undefined && chosen.length === 0) {
    throw noSuchCollection(
      { database, collection: only },
      collections.map(({ name }) => name),
    );
  }
  return {
    database,
    collections: chosen.map(({ name }) => name),
    documents: chosen.reduce((sum, { keys }) => sum + keys, 0),
  };
};

/**
 * The documents as lines that `import` reads, a page at a time, in the order of collections and
 * keys. `exported` hears how many there have been. Throws CommandError when the signal comes.
 */
export async function* exportedLines(
  client: Client,
  { database, collections }: ExportScope,
  signal: AbortSignal,
  exported: (documents: number) => void,
): AsyncGenerator<string> {
  let documents = 0;
  for (const collection of collections) {
    for await (const entries of pages(client, { database, collection }, {})) {
      if (signal.aborted) throw new CommandError("interrupted", "stopped as asked");
      const lines = entries.map((entry) => lineOf(collection, entry));
      documents += lines.length;
      exported(documents);
      if (lines.length > 0) yield `${lines.join("\n")}\n`;
    }
  }
}

const lineOf = (collection: string, { key, value }: ListedEntry): string => {
  if (value !== undefined) return JSON.stringify({ collection, key, value });
  throw new CommandError(
    "failed",
    `the value of ${JSON.stringify(key)} in collection ${collection} is bytes, which a line of ` +
      "JSON cannot hold",
  );
};
