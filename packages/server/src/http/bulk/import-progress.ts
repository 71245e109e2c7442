import { crc32 } from "node:zlib";

import type { Database } from "@boxerdb/engine";
import { z } from "zod";

/** A place between two lines of an import. */
export interface LinesMark {
  /** How many lines are before it. */
  readonly lines: number;
  /** By what these lines are known again; see `digestWith`. */
  readonly digest: number;
}

/** How far an import has come, as it is stored with each of its batches. */
export interface ImportProgress extends LinesMark {
  /** How many documents were stored, by all requests of the import. */
  readonly documents: number;
  /** Where the lines begin of the request that has stored something last. */
  readonly from: LinesMark;
  /** Whether the last line was the last one of the import. */
  readonly complete: boolean;
  /** The offset of the last document that was stored; null for none. */
  readonly offset: number | null;
}

const linesMark = z.object({ lines: z.int(), digest: z.int() });
const storedState = linesMark.extend({
  documents: z.int(),
  from: linesMark,
  complete: z.boolean(),
});

/** What is kept of an import under its id; undefined where nothing is. */
export function importProgress(database: Database, id: string): ImportProgress | undefined {
  const found = database.progress(id);
  return found && { ...storedState.parse(found.state), offset: found.offset };
}

export const noProgress: ImportProgress = {
  documents: 0,
  lines: 0,
  digest: 0,
  from: { lines: 0, digest: 0 },
  complete: false,
  offset: null,
};

/**
 * The digest of lines and one more. It is there to tell mistakes, not forgeries, and goes on from where it
 * was stored, wherever the requests and batches of an import were cut: a CRC can, a SHA-256 cannot.
 */
export const digestWith = (digest: number, line: string): number => crc32(`${line}\n`, digest);
