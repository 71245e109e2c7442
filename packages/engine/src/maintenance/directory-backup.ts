import { systemClock, type Clock } from "../clock.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { databasesIn } from "../inspection/inspector.ts";
import { acquireDirectoryLock } from "../lock/directory-lock.ts";
import type { DirectoryLocker } from "../lock/directory-locker.ts";
import { systemRandomness, type Randomness } from "../randomness.ts";
import { readStoreManifest, refuseNoStore } from "../store/manifest.ts";

import { backUp, type BackedUpLog, type BackupReport } from "./backup.ts";
import { openSoundLog } from "./closed-log.ts";
import type { Progress, WorkOptions } from "./progress.ts";

/** How a directory is backed up. All fields may be left out. */
export interface DirectoryBackupOptions extends WorkOptions {
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Keeps other processes out of the directory. Default: as `open` does. */
  readonly locker?: DirectoryLocker;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Makes the id of the store. Default: that of the machine. */
  readonly random?: Randomness;
}

/**
 * Backs up the store in a directory that nothing has open, as `Store.backup` does an open one. All that
 * stands in its logs is in the backup: of a replica, or of a leader that was killed, also what was not
 * yet known to be committed. The files are copied, as those behind the high watermark may be cut later.
 *
 * Rejects with FormatError where there is no store, LockedError, DirectoryNotEmptyError, CorruptionError
 * where a log is damaged, CatchingUpError where one is that of a copy which is not whole.
 */
export async function backUpDirectory(
  from: string,
  to: string,
  options: DirectoryBackupOptions = {},
): Promise<BackupReport> {
  const { fileSystem = nodeFileSystem, clock = systemClock, random = systemRandomness } = options;
  const { locker = acquireDirectoryLock } = options;
  await refuseNoStore(fileSystem, from);
  const { id: storeId } = await readStoreManifest(fileSystem, from);
  const lock = await locker(from, () => {}); // Nothing is written there.
  try {
    const logs = (progress: Progress) => closedLogs(fileSystem, from, progress);
    return await backUp({ storeId, fileSystem, clock, random, logs }, to, {
      ...options,
      hardLinks: false,
    });
  } finally {
    await lock.release();
  }
}

async function* closedLogs(
  fileSystem: FileSystem,
  from: string,
  progress: Progress,
): AsyncGenerator<BackedUpLog, void> {
  for await (const { directory, manifest } of databasesIn(from, { fileSystem })) {
    await using log = await openSoundLog(fileSystem, directory, manifest, progress);
    yield { source: log, end: log.endOffset };
  }
}
