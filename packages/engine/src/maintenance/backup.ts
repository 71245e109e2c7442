import type { Clock } from "../clock.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import type { TimestampMs } from "../scalars.ts";
import { databaseDirectoryName } from "../store/directory-layout.ts";
import { writeManifest } from "../store/manifest.ts";

import {
  backupManifestName,
  type BackedUpDatabase,
  type BackedUpFile,
  type BackupManifest,
} from "./backup-manifest.ts";
import { copyLog } from "./log-copy.ts";
import { HeldLog } from "./log-source.ts";
import { Progress, type OnProgress } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** How a backup is made. All fields may be left out. */
export interface BackupOptions {
  /**
   * Whether files that no longer change may be shared with the store by hard links, which takes no
   * space and no time, but leaves one copy of their bytes on the disk. Default: true.
   */
  readonly hardLinks?: boolean;
  /** Told of the bytes that were copied and read back. Default: nobody is. */
  readonly onProgress?: OnProgress;
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

/** The open store that is backed up. */
export interface BackupSource {
  readonly storeId: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  /** The names of its databases. */
  readonly databases: readonly string[];
  /** The open database of a name; undefined where it was dropped meanwhile. */
  readonly find: (name: string) => OpenDatabase | undefined;
}

/** See `Store.backup`. */
export async function backUp(
  source: BackupSource,
  directory: string,
  options: BackupOptions = {},
): Promise<BackupReport> {
  const { fileSystem, storeId } = source;
  const progress = new Progress(options.onProgress);
  const time = source.clock.now();
  const databases: BackedUpDatabase[] = [];
  const files: BackedUpFile[] = [];
  let [linkedBytes, copiedBytes] = [0, 0];
  await fillTarget(fileSystem, directory, async (target) => {
    for (const name of source.databases) {
      const database = source.find(name);
      if (database === undefined) continue;
      using held = new HeldLog(database);
      const to = target.partialDatabase(name);
      const copied = await copyLog({
        fileSystem,
        source: held,
        end: held.highWatermark,
        to,
        links: options.hardLinks ?? true,
        timestamp: time,
        progress,
      });
      linkedBytes += copied.linkedBytes;
      copiedBytes += copied.copiedBytes;
      databases.push({ name, id: held.manifest.id, offset: copied.offset });
      for (const [file, digest] of await readBack(fileSystem, to, copied.segments, progress)) {
        files.push({ path: `databases/${databaseDirectoryName(name)}/${file}`, ...digest });
      }
    }
  });
  const manifest: BackupManifest = { kind: "backup", time, storeId, databases, files };
  await writeManifest(fileSystem, directory, backupManifestName, manifest);
  return { directory, storeId, time, databases, files: files.length, linkedBytes, copiedBytes };
}
