import type { OpenDatabase, Store } from "@boxerdb/engine";

/** All that a database knows of its log without reading it: what a checkpoint must bring back. */
export interface IndexState {
  readonly endOffset: number;
  readonly highWatermark: number;
  readonly epochs: readonly unknown[];
  /** Each with all that is counted of it. */
  readonly segments: readonly unknown[];
  /** By collection: keys, and where the record of each stands. */
  readonly entries: readonly (readonly [string, number, readonly unknown[]])[];
}

/** What a database of an open store knows. Throws where there is no such database. */
export function indexStateOf(store: Store, name: string): IndexState {
  const { log, keyspace, highWatermark } = openDatabase(store, name);
  return {
    endOffset: log.endOffset,
    highWatermark,
    epochs: log.epochs.starts,
    segments: log.segments.map((segment) => {
      const { path, byteSize, endOffset, purgeFloor, revision, places } = segment;
      const { recordBytes, liveBytes, tombstoneBytes, staleSince, keys } = segment;
      // Since when, a checkpoint may know less well than the log: earlier is on the safe side.
      const hasStale = staleSince !== undefined;
      const expiringBytes = segment.expiries.totalBytes + segment.noteExpiries.totalBytes;
      const counts = { recordBytes, liveBytes, tombstoneBytes, hasStale, keys, expiringBytes };
      return { path, byteSize, endOffset, purgeFloor, revision, places, ...counts };
    }),
    entries: keyspace.collectionNames().map((collection) => {
      const index = keyspace.collection(collection);
      const entries = [...(index?.entries({}, false) ?? [])].map(([key, entry]) => {
        const { segment, position, byteLength, expires } = entry;
        return [key, segment.path, position, byteLength, expires];
      });
      return [collection, index?.size ?? 0, entries];
    }),
  };
}

/** The database behind a handle. */
export function openDatabase(store: Store, name: string): OpenDatabase {
  const { open } = store.database(name);
  if (open === undefined) throw new Error(`there is no database ${name}`);
  return open;
}
