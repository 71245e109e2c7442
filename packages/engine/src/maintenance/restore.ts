import { systemClock, type Clock } from "../clock.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { systemRandomness, type Randomness } from "../randomness.ts";
import { databasesDirectory } from "../store/directory-layout.ts";
import { readDatabaseManifest } from "../store/manifest.ts";

import { checkFiles } from "./backup-check.ts";
import { readBackupManifest, type BackupManifest } from "./backup-manifest.ts";
import { ClosedLog } from "./closed-log.ts";
import { copyLog } from "./log-copy.ts";
import { Progress, type WorkOptions } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** How a backup is restored. All fields may be left out. */
export interface RestoreOptions extends WorkOptions {
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Makes the id of the store. Default: that of the machine. */
  readonly random?: Randomness;
}

/** What was restored. */
export interface RestoreReport {
  readonly directory: string;
  /** The UUID of the store that was made. */
  readonly storeId: string;
  /** What it was made of: the backup's time, its store, its databases and their offsets. */
  readonly backup: Pick<BackupManifest, "time" | "storeId" | "databases">;
}

/**
 * Makes a store of a backup, in a directory that is absent or empty. The backup is checked before; it
 * is copied and not linked, so that whatever happens to the bytes of the store, the backup has its own.
 *
 * The store has an id of its own, and each of its logs goes on with a reign of its own, behind the
 * offset of the backup: whoever follows the store that the backup was made of does not take this one
 * for it. Rejects with InvalidBackupError where the backup was not finished or is not as it was made,
 * DirectoryNotEmptyError where the target holds files. A target that was not finished cannot be opened.
 */
export async function restoreBackup(
  from: string,
  to: string,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  const { fileSystem = nodeFileSystem, clock = systemClock, random = systemRandomness } = options;
  const progress = new Progress("restoring the backup", options);
  const { time, storeId: source, databases, files } = await readBackupManifest(fileSystem, from);
  const { storeId } = await fillTarget({ fileSystem, random }, to, async (target) => {
    await checkFiles(fileSystem, from, files, progress);
    const parent = databasesDirectory(from);
    for (const { name } of await fileSystem.list(parent)) {
      const manifest = await readDatabaseManifest(fileSystem, `${parent}/${name}`);
      const path = `${parent}/${name}`;
      await using log = await ClosedLog.open(fileSystem, path, manifest, () => {
        progress.throwIfAborted();
      });
      const to = target.partialDatabase(manifest.name);
      const copied = await copyLog({
        fileSystem,
        source: log,
        end: log.endOffset,
        to,
        links: false,
        timestamp: clock.now(),
        progress,
      });
      await readBack(fileSystem, to, copied.segments, progress);
    }
  });
  return { directory: to, storeId, backup: { time, storeId: source, databases } };
}
