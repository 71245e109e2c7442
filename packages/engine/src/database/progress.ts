import { isExpired, readNote, readValue } from "../read/entry-reader.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable } from "../value/storable.ts";

import { noteKeyOf, progressCollection } from "./batch-note.ts";
import type { OpenDatabase } from "./open-database.ts";

/** How far somebody has come who writes one batch after the other. */
export interface Progress {
  /** What was given with the last batch. */
  readonly state: Storable;
  /** What that batch resolved to. */
  readonly offset: LogOffset;
}

/** The committed progress of an id at `now`. */
export function readProgress(
  { keyspace, log }: OpenDatabase,
  id: string,
  now: TimestampMs,
): Progress | undefined {
  const key = noteKeyOf("id", id);
  const entry = keyspace.get(progressCollection, key);
  if (entry === undefined || isExpired(entry.expires, () => now)) return undefined;
  return { state: readValue(log, key, entry), offset: readNote(log, key, entry).batchEnd };
}
