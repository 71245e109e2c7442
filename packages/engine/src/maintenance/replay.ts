import { systemClock, type Clock } from "../clock.ts";
import { CorruptionError, DatabaseNotFoundError, InvalidOptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { databasesIn } from "../inspection/inspector.ts";
import { verifyDatabase } from "../inspection/verifier.ts";
import type { LogOffset } from "../scalars.ts";
import type { DatabaseManifest } from "../store/manifest.ts";

import type { BackedUpDatabase } from "./backup-manifest.ts";
import { ClosedLog } from "./closed-log.ts";
import { copyLog, groupsOf } from "./log-copy.ts";
import { LogHistory, type ReplayEnd } from "./log-history.ts";
import { Progress, type OnProgress } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** What is replayed. All fields but `until` may be left out. */
export interface ReplayOptions {
  readonly until: ReplayEnd;
  /** Only this database. Default: all. An offset is one of a single database. */
  readonly database?: string;
  /** Told of the bytes that were copied and read back. Default: nobody is. */
  readonly onProgress?: OnProgress;
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Default: that of the machine. */
  readonly clock?: Clock;
}

/** What was replayed. */
export interface ReplayReport {
  readonly directory: string;
  /** The UUID of the store that was made. */
  readonly storeId: string;
  /** Each database, and the offset below which its records were replayed. */
  readonly databases: readonly BackedUpDatabase[];
}

/**
 * Makes a store that holds what another one held at an offset or a time, in a directory that is absent
 * or empty, from the logs of a directory that nothing has open. As with `restoreBackup`, the store has an
 * id of its own and its logs go on with a reign of their own.
 *
 * Rejects with HistoryCompactedError where compaction has dropped what was newest then, which names the
 * earliest offset and time that can be had; InvalidOptionError, DatabaseNotFoundError,
 * DirectoryNotEmptyError; CorruptionError where a log is damaged.
 */
export async function replay(
  from: string,
  to: string,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const { fileSystem = nodeFileSystem, clock = systemClock, until, database } = options;
  const progress = new Progress(options.onProgress);
  const selection = { fileSystem, ...(database !== undefined && { database }) };
  const sources = await Array.fromAsync(databasesIn(from, selection));
  if (database !== undefined && sources.length === 0) throw new DatabaseNotFoundError(database);
  if ("offset" in until && sources.length !== 1) {
    throw new InvalidOptionError(
      `an offset is one of a single database, and ${from} holds ${sources.length}: name one, or a time`,
    );
  }
  const { filled, storeId } = await fillTarget(fileSystem, to, async (target) => {
    const databases: BackedUpDatabase[] = [];
    for (const { directory, manifest } of sources) {
      await refuseDamage(fileSystem, directory, manifest);
      await using log = await ClosedLog.open(fileSystem, directory, manifest);
      const end = await endOf(log, until);
      const { id, name } = manifest;
      const to = target.partialDatabase(name);
      const timestamp = clock.now();
      const copy = { fileSystem, source: log, end, to, links: false, timestamp, progress };
      const { offset, segments } = await copyLog(copy);
      await readBack(fileSystem, to, segments, progress);
      databases.push({ name, id, offset });
    }
    return databases;
  });
  return { directory: to, storeId, databases: filled };
}

async function refuseDamage(
  fileSystem: FileSystem,
  directory: string,
  manifest: DatabaseManifest,
): Promise<void> {
  const { damage } = await verifyDatabase(fileSystem, directory, manifest);
  const first = damage.find(({ isTornTail }) => !isTornTail);
  if (first !== undefined) throw new CorruptionError(first.path, first.position, first.reason);
}

/** The offset below which all of a log is to be replayed. */
async function endOf(log: ClosedLog, until: ReplayEnd): Promise<LogOffset> {
  const { name, logId } = log.manifest;
  const history = new LogHistory(name, until);
  // By what compaction went is told by any of its groups, and decides over the records of all segments.
  for (const segment of log.segments) {
    if (segment.name.coveredEnd === undefined) continue;
    for await (const { header } of groupsOf(segment, logId)) history.noteCompacted(header);
  }
  for (const segment of log.segments) {
    for await (const { records } of groupsOf(segment, logId)) {
      for (const record of records) history.noteRecord(record);
    }
  }
  return history.end(log.endOffset);
}
