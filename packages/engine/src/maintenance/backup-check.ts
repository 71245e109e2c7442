import { InvalidBackupError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { databasesDirectory } from "../store/directory-layout.ts";

import { readBackupManifest, type BackupManifest } from "./backup-manifest.ts";
import { digestOf, isSameDigest } from "./file-digest.ts";
import { Progress, type WorkOptions } from "./progress.ts";

/** What a backup is, as it says itself. */
export type BackupDescription = Pick<BackupManifest, "time" | "storeId" | "databases" | "files">;

/**
 * Checks that a backup is as it was made: that it was finished, and has exactly the files that it was
 * made with, each with the bytes that it had. Reads all of it, changes nothing. Rejects with
 * InvalidBackupError.
 */
export async function verifyBackup(
  directory: string,
  options: WorkOptions & {
    /** Default: that of the machine. */
    readonly fileSystem?: FileSystem;
  } = {},
): Promise<BackupDescription> {
  const { fileSystem = nodeFileSystem } = options;
  const { time, storeId, databases, files } = await readBackupManifest(fileSystem, directory);
  const progress = new Progress("checking the backup", options);
  await checkFiles(fileSystem, directory, files, progress);
  return { time, storeId, databases, files };
}

/** Throws InvalidBackupError unless a backup has exactly the files that it was made with. */
export async function checkFiles(
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
  for (const { bytes } of files) progress.expect(bytes);
  for (const { path, ...digest } of files) {
    if (!found.delete(path)) throw changed(path);
    const actual = await digestOf(fileSystem, `${directory}/${path}`, progress);
    if (!isSameDigest(actual, digest)) throw changed(path);
  }
  const [unknown] = found;
  if (unknown !== undefined) throw changed(unknown);
}
