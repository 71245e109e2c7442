import type { Clock } from "../clock.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import type { Randomness } from "../randomness.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import { databaseDirectoryName } from "../store/directory-layout.ts";
import { writeManifest } from "../store/manifest.ts";

import {
  backupManifestName,
  type BackedUpDatabase,
  type BackedUpFile,
  type BackupManifest,
} from "./backup-manifest.ts";
import { copyLog } from "./log-copy.ts";
import { HeldLog, type LogSource } from "./log-source.ts";
import { Progress, type WorkOptions } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** How a backup is made. All fields may be left out. */
export interface BackupOptions extends WorkOptions {
  /**
   * Whether files that no longer change may be shared with the store by hard links, which takes no
   * space and no time, but leaves one copy of their bytes on the disk. Default: true.
   */
  readonly hardLinks?: boolean;
}

/** What was backed up. Sizes in bytes. */
export interface BackupReport {
  readonly directory: string;
  /** The UUID of the store that the backup was made of. */
  readonly storeId: string;
  readonly time: TimestampMs;
  readonly databases: readonly BackedUpDatabase[];
  readonly files: number;
  readonly linkedBytes: number;
  readonly copiedBytes: number;
}

/** The log of a database that is backed up, and the end of what is. */
export interface BackedUpLog {
  readonly source: LogSource;
  readonly end: LogOffset;
}

/** The store that is backed up. */
export interface BackupSource {
  readonly storeId: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Opens its logs, one after the other; each stays as it is until the next one is asked for. */
  logs(progress: Progress): AsyncIterable<BackedUpLog>;
}

/** The committed part of the logs of an open store; `find` is told the names of its databases. */
export async function* openLogs(
  names: readonly string[],
  find: (name: string) => OpenDatabase | undefined,
): AsyncGenerator<BackedUpLog, void> {
  for (const name of names) {
    const database = find(name);
    if (database === undefined) continue; // It was dropped meanwhile.
    using held = new HeldLog(database);
    yield { source: held, end: held.highWatermark };
  }
}

/** See `Store.backup`. */
export async function backUp(
  source: BackupSource,
  directory: string,
  options: BackupOptions = {},
): Promise<BackupReport> {
  const { fileSystem, random, storeId } = source;
  const progress = new Progress("the backup", options);
  const time = source.clock.now();
  const databases: BackedUpDatabase[] = [];
  const files: BackedUpFile[] = [];
  let [linkedBytes, copiedBytes] = [0, 0];
  await fillTarget({ fileSystem, random }, directory, async (target) => {
    for await (const log of source.logs(progress)) {
      const { id, name } = log.source.manifest;
      const to = target.partialDatabase(name);
      const copied = await copyLog({
        ...log,
        fileSystem,
        to,
        links: options.hardLinks ?? true,
        timestamp: time,
        progress,
      });
      linkedBytes += copied.linkedBytes;
      copiedBytes += copied.copiedBytes;
      databases.push({ name, id, offset: copied.offset });
      for (const [file, digest] of await readBack(fileSystem, to, copied.segments, progress)) {
        files.push({ path: `databases/${databaseDirectoryName(name)}/${file}`, ...digest });
      }
    }
  });
  const manifest: BackupManifest = { kind: "backup", time, storeId, databases, files };
  await writeManifest(fileSystem, directory, backupManifestName, manifest);
  return { directory, storeId, time, databases, files: files.length, linkedBytes, copiedBytes };
}
