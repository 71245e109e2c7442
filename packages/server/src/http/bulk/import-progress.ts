import type { Database } from "@boxerdb/engine";
import { z } from "zod";

/** How far an import has come, as it is stored with each of its batches. */
export interface ImportProgress {
  /** How many documents were stored, by all requests of the import. */
  readonly documents: number;
  /** The last line up to which all is stored. */
  readonly lines: number;
  /** Whether the last line was the last one of the import. */
  readonly complete: boolean;
  /** The offset of the last document that was stored; null for none. */
  readonly offset: number | null;
}

const storedState = z.object({ documents: z.int(), lines: z.int(), complete: z.boolean() });

/** What is kept of an import under its id; undefined where nothing is. */
export function importProgress(database: Database, id: string): ImportProgress | undefined {
  const found = database.progress(id);
  return found && { ...storedState.parse(found.state), offset: found.offset };
}

export const noProgress: ImportProgress = {
  documents: 0,
  lines: 0,
  complete: false,
  offset: null,
};
