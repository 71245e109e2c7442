import type { Client } from "../client/client.ts";
import { noSuchCollection } from "../no-such-collection.ts";

/** What is to be exported. */
export interface ExportScope {
  readonly database: string;
  /** Default: all. */
  readonly collection: string | undefined;
  /** Only keys that begin with it. Default: all. */
  readonly prefix: string | undefined;
}

/**
 * About how many documents there are; undefined where nobody knows, as with a prefix. Rejects where the
 * database or the collection is missing.
 */
export const exportSize = async (
  client: Client,
  { database, collection: only, prefix }: ExportScope,
): Promise<number | undefined> => {
  const { collections } = await client.database(database);
  const chosen = collections.filter(({ name }) => only === undefined || name === only);
  if (only !== undefined && chosen.length === 0) {
    throw noSuchCollection(
      { database, collection: only },
      collections.map(({ name }) => name),
    );
  }
  return prefix === undefined ? chosen.reduce((sum, { keys }) => sum + keys, 0) : undefined;
};

const lineFeed = 0x0a;

/**
 * The documents as lines that `import` reads, as the server sends them. `exported` hears how many there
 * have been. Throws UnreachableError where they end early, AbortError when the signal comes.
 */
export async function* exportedLines(
  client: Client,
  { database, ...query }: ExportScope,
  signal: AbortSignal,
  exported: (documents: number) => void,
): AsyncGenerator<Buffer, void, void> {
  let documents = 0;
  const { chunks } = await client.export(database, query, signal);
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
      documents++;
    }
    yield chunk;
    exported(documents);
  }
}
