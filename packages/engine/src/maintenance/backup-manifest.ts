import { InvalidBackupError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { logOffset, timestampMs, type LogOffset, type TimestampMs } from "../scalars.ts";
import { notAManifest, readManifest, type Manifest } from "../store/manifest.ts";

import type { FileDigest } from "./file-digest.ts";

/** The file name of a backup's manifest, persisted. */
export const backupManifestName = "BACKUP";

/** What a backup holds of a database. */
export interface BackedUpDatabase {
  readonly name: string;
  readonly id: string;
  /** All records below it are in the backup, none other. */
  readonly offset: LogOffset;
}

/** A file of a backup, by its path from the backup's directory on. */
export interface BackedUpFile extends FileDigest {
  readonly path: string;
}

/** What `BACKUP` holds, beside `STORE` in the directory of a backup that was finished. */
export interface BackupManifest extends Manifest {
  readonly kind: "backup";
  readonly time: TimestampMs;
  /** The UUID of the store that the backup was made of. */
  readonly storeId: string;
  readonly databases: readonly BackedUpDatabase[];
  /** All files but `STORE` and this one. */
  readonly files: readonly BackedUpFile[];
}

/**
 * Reads the manifest of a backup. Throws InvalidBackupError where there is none, FormatError or
 * CorruptionError where it is not as written.
 */
export async function readBackupManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<BackupManifest> {
  const path = `${directory}/${backupManifestName}`;
  const { kind, time, storeId, databases, files } = await readFields(fileSystem, directory, path);
  if (
    kind !== "backup" ||
    typeof time !== "number" ||
    typeof storeId !== "string" ||
    !Array.isArray(databases) ||
    !Array.isArray(files)
  ) {
    throw notAManifest(path);
  }
  return {
    kind,
    time: timestampMs(time),
    storeId,
    databases: databases.map((database: unknown) => databaseOf(database, path)),
    files: files.map((file: unknown) => fileOf(file, path)),
  };
}

async function readFields(
  fileSystem: FileSystem,
  directory: string,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await readManifest(fileSystem, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    throw new InvalidBackupError(
      `${directory} has no file ${backupManifestName}: it is no backup, or one that was not ` +
        "finished. Use another one",
      { cause: error },
    );
  }
}

function databaseOf(database: unknown, path: string): BackedUpDatabase {
  const { name, id, offset } = fieldsOf(database);
  if (typeof name !== "string" || typeof id !== "string" || typeof offset !== "number") {
    throw notAManifest(path);
  }
  return { name, id, offset: logOffset(offset) };
}

function fileOf(file: unknown, manifestPath: string): BackedUpFile {
  const { path, bytes, crc32 } = fieldsOf(file);
  if (typeof path !== "string" || typeof bytes !== "number" || typeof crc32 !== "number") {
    throw notAManifest(manifestPath);
  }
  return { path, bytes, crc32 };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
