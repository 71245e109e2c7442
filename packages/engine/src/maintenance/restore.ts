import { systemClock, type Clock } from "../clock.ts";
import { InvalidBackupError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { databasesDirectory } from "../store/directory-layout.ts";
import { readDatabaseManifest } from "../store/manifest.ts";

import { readBackupManifest, type BackupManifest } from "./backup-manifest.ts";
import { ClosedLog } from "./closed-log.ts";
import { digestOf, isSameDigest } from "./file-digest.ts";
import { copyLog } from "./log-copy.ts";
import { Progress, type OnProgress } from "./progress.ts";
import { readBack } from "./read-back.ts";
import { fillTarget } from "./target-directory.ts";

/** How a backup is restored. All fields may be left out. */
export interface RestoreOptions {
  /** Told of the bytes that were checked, copied and read back. Default: nobody is. */
  readonly onProgress?: OnProgress;
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Default: that of the machine. */
  readonly clock?: Clock;
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
  const { fileSystem = nodeFileSystem, clock = systemClock } = options;
  const progress = new Progress(options.onProgress);
  const { time, storeId: source, databases, files } = await readBackupManifest(fileSystem, from);
  const { storeId } = await fillTarget(fileSystem, to, async (target) => {
    await checkFiles(fileSystem, from, files, progress);
    const parent = databasesDirectory(from);
    for (const { name } of await fileSystem.list(parent)) {
      const manifest = await readDatabaseManifest(fileSystem, `${parent}/${name}`);
      await using log = await ClosedLog.open(fileSystem, `${parent}/${name}`, manifest);
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

/** Throws InvalidBackupError unless a backup has exactly the files that it was made with. */
async function checkFiles(
  fileSystem: FileSystem,
  directory: string,
  files: BackupManifest["files"],
  progress: Progress,
): Promise<void> {
  const changed = (path: string): InvalidBackupError =>
    new InvalidBackupError(
      `${directory}/${path} is not as it was when the backup was made: it was damaged, or the ` +
        "backup was opened as a store. Use another backup",
    );
  const found = new Set<string>();
  for (const { name } of await fileSystem.list(databasesDirectory(directory))) {
    for (const file of await fileSystem.list(`${databasesDirectory(directory)}/${name}`)) {
      found.add(`databases/${name}/${file.name}`);
    }
  }
  for (const { path, ...digest } of files) {
    if (!found.delete(path)) throw changed(path);
    progress.expect(digest.bytes);
    const actual = await digestOf(fileSystem, `${directory}/${path}`, progress);
    if (!isSameDigest(actual, digest)) throw changed(path);
  }
  const [unknown] = found;
  if (unknown !== undefined) throw changed(unknown);
}
