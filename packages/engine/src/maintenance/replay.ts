import { systemClock, type Clock } from "../clock.ts";
import { CatchingUpError, DatabaseNotFoundError, InvalidOptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { databasesIn } from "../inspection/inspector.ts";
import { systemRandomness, type Randomness } from "../randomness.ts";
import type { LogOffset } from "../scalars.ts";

import type { BackedUpDatabase } from "./backup-manifest.ts";
import { openSoundLog, type ClosedLog } from "./closed-log.ts";
import { copyLog, groupsOf } from "./log-copy.ts";
import { LogHistory, type ReplayEnd } from "./log-history.ts";
import { Progress, type WorkOptions } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** What is replayed. All fields but `until` may be left out. */
export interface ReplayOptions extends WorkOptions {
  readonly until: ReplayEnd;
  /** Only this database. Default: all. An offset is one of a single database. */
  readonly database?: string;
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Makes the id of the store. Default: that of the machine. */
  readonly random?: Randomness;
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
 * DirectoryNotEmptyError; CorruptionError where a log is damaged; CatchingUpError where it is that of a copy
 * which is not whole.
 */
export async function replay(
  from: string,
  to: string,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const {
    fileSystem = nodeFileSystem,
    clock = systemClock,
    random = systemRandomness,
    until,
    database,
  } = options;
  const progress = new Progress("the replay", options);
  const selection = { fileSystem, ...(database !== undefined && { database }) };
  const sources = await Array.fromAsync(databasesIn(from, selection));
  if (database !== undefined && sources.length === 0) throw new DatabaseNotFoundError(database);
  if ("offset" in until && sources.length !== 1) {
    throw new InvalidOptionError(
      `an offset is one of a single database, and ${from} holds ${sources.length}: name one, or a time`,
    );
  }
  const { filled, storeId } = await fillTarget({ fileSystem, random }, to, async (target) => {
    const databases: BackedUpDatabase[] = [];
    for (const { directory, manifest } of sources) {
      await using log = await openSoundLog(fileSystem, directory, manifest, progress);
      const end = await endOf(log, until, progress);
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

/** The offset below which all of a log is to be replayed. */
async function endOf(log: ClosedLog, until: ReplayEnd, progress: Progress): Promise<LogOffset> {
  const { name, logId } = log.manifest;
  const { wholeFrom } = log.missed;
  if (log.endOffset < wholeFrom) throw new CatchingUpError(name, log.endOffset, wholeFrom);
  const history = new LogHistory(name, until);
  history.noteMissed(wholeFrom);
  // By what compaction went is told by any of its groups, and decides over the records of all segments.
  for (const segment of log.segments) {
    if (segment.name.coveredEnd === undefined) continue;
    for await (const { header } of groupsOf(segment, logId)) history.noteCompacted(header);
  }
  for (const segment of log.segments) {
    for await (const { records } of groupsOf(segment, logId)) {
      progress.throwIfAborted();
      for (const record of records) history.noteRecord(record);
    }
  }
  return history.end(log.endOffset);
}
