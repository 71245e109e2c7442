import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";

import type { BackupReport, Store } from "@boxerdb/engine";

import type { ArchivedFile } from "./tar-archive.ts";

/**
 * Where backups stand in a data directory while they are sent. On the same file system as the store, so
 * that what does not change any more is shared with it and takes no space.
 */
const stagingDirectory = (dataDirectory: string): string => join(dataDirectory, "backups.partial");

/** Removes what a server that was killed has left of backups that it sent. */
export const removeStagedBackups = (dataDirectory: string): Promise<void> =>
  rm(stagingDirectory(dataDirectory), { recursive: true, force: true });

/** A backup on this node's disk, for as long as it is sent. */
export class StagedBackup implements AsyncDisposable {
  readonly directory: string;
  readonly report: BackupReport;
  /** All its files, the manifest of the backup last: what was cut off before it is no backup. */
  readonly files: readonly ArchivedFile[];

  private constructor(report: BackupReport, files: readonly ArchivedFile[]) {
    this.directory = report.directory;
    this.report = report;
    this.files = files;
  }

  /** Makes one. Rejects with AbortError when the signal comes; nothing is left where it rejects. */
  static async make(store: Store, signal: AbortSignal): Promise<StagedBackup> {
    const directory = join(stagingDirectory(store.directory), randomUUID());
    try {
      const report = await store.backup(directory, { signal });
      return new StagedBackup(report, await filesIn(directory));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function filesIn(directory: string): Promise<readonly ArchivedFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files: ArchivedFile[] = [];
  for (const entry of entries.filter((candidate) => candidate.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.push({ path: relative(directory, path), bytes: (await stat(path)).size });
  }
  // Names of databases' directories have no capitals: STORE and BACKUP are moved to the end.
  const place = ({ path }: ArchivedFile): number => ["STORE", "BACKUP"].indexOf(path);
  return files.toSorted((a, b) => place(a) - place(b) || (a.path < b.path ? -1 : 1));
}
