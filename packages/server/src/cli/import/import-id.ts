import { createHash, randomUUID } from "node:crypto";
import { realpath, stat } from "node:fs/promises";

import type { ImportProgressAnswer } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import { CommandError } from "../command-error.ts";
import { formatCountOf } from "../units.ts";

/** What is imported: the same again continues an import that was stopped. */
export interface ImportSubject {
  /** A file, or - for standard input. */
  readonly source: string;
  readonly database: string;
  readonly collection: string;
  readonly fromLine: number;
  /** The id that was asked for; undefined where one is to be made. */
  readonly id?: string | undefined;
}

/** An import, and how much of it the server has stored. */
export interface BegunImport {
  readonly id: string;
  /** Whether the same command line finds it again. */
  readonly canBeFound: boolean;
  readonly begun: ImportProgressAnswer | undefined;
}

/**
 * Finds the import that is to be continued, or begins one. The id is made of the file's path, its size
 * and its time of change, so that the same command again continues; an import that was completed is not
 * continued, but done anew. What comes from standard input has an id for this run alone. Rejects with
 * CommandError where the id that was asked for is that of an import that was completed.
 */
export async function beginImport(client: Client, subject: ImportSubject): Promise<BegunImport> {
  const { database, id: asked } = subject;
  if (asked !== undefined) return continued(client, database, asked);
  const base = await idOf(subject);
  if (base === undefined) return { id: randomUUID(), canBeFound: false, begun: undefined };
  for (let round = 1; ; round++) {
    const id = round === 1 ? base : `${base}-${round}`;
    const begun = await client.importProgress(database, id);
    if (begun?.complete !== true) return { id, canBeFound: true, begun };
  }
}

async function continued(client: Client, database: string, id: string): Promise<BegunImport> {
  const begun = await client.importProgress(database, id);
  if (begun?.complete !== true) return { id, canBeFound: true, begun };
  // Who asks for it may have other lines by now, and would believe that they were stored.
  throw new CommandError(
    "conflict",
    `the import ${JSON.stringify(id)} is complete, with ${formatCountOf(begun.lines, "line")}: ` +
      "give another --id to import more, or none to import a file anew",
  );
}

/** The same for the same file; undefined for what is no file, and can be read only once. */
async function idOf({ source, ...rest }: ImportSubject): Promise<string | undefined> {
  if (source === "-") return undefined;
  const path = await realpath(source);
  const found = await stat(path);
  if (!found.isFile()) return undefined;
  const { size, mtimeMs } = found;
  const text = JSON.stringify([path, size, mtimeMs, rest.collection, rest.fromLine]);
  return `import-${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
