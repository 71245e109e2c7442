import { AbortError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { Pace } from "../pace.ts";
import type { DatabaseManifest } from "../store/manifest.ts";

import { checkCheckpoints, type CheckpointReport } from "./checkpoint-check.ts";
import {
  databasesIn,
  inspectDatabase,
  type InspectedItem,
  type InspectOptions,
} from "./inspector.ts";

/** Bytes that are not as written. */
export type Damage = Extract<InspectedItem, { type: "damage" }>;

/** What `verifyDirectory` found in one database. Sizes in bytes. */
export interface DatabaseReport {
  readonly name: string;
  readonly files: number;
  readonly groups: number;
  readonly records: number;
  /** Of the files, but for space that was prepared for the groups to come. */
  readonly bytes: number;
  /** The offset after the last record that could be read. */
  readonly endOffset: number;
  readonly damage: readonly Damage[];
}

/** As DatabaseReport, of a database that nothing has open. */
export interface ClosedDatabaseReport extends DatabaseReport {
  readonly checkpoints: readonly CheckpointReport[];
}

export interface VerifyReport {
  /**
   * Nothing is damaged. A torn tail, which the next open cuts off, is no damage, and a checkpoint that
   * cannot be used costs time only: it is told with its database.
   */
  readonly ok: boolean;
  readonly databases: readonly ClosedDatabaseReport[];
}

export interface VerifyOptions extends InspectOptions {
  /** Called after each group and database, with the bytes read so far. Default: nobody is told. */
  readonly onProgress?: (readBytes: number) => void;
  /** Ends the work early: it rejects with AbortError. Default: it goes on to its end. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all logs of a data directory and checks every checksum, the order of offsets, every value and
 * that no file is missing. Rejects as `inspect` does.
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { fileSystem = nodeFileSystem, onProgress, signal } = options;
  const databases: ClosedDatabaseReport[] = [];
  let readBytes = 0;
  for await (const found of databasesIn(directory, { ...options, fileSystem })) {
    const report = await verifyDatabase(fileSystem, found.directory, found.manifest, (bytes) => {
      if (signal?.aborted === true) throw new AbortError("the verification", signal.reason);
      readBytes += bytes;
      onProgress?.(readBytes);
    });
    const checkpoints = await checkCheckpoints(fileSystem, found.directory);
    for (const { bytes } of checkpoints) readBytes += bytes;
    onProgress?.(readBytes);
    databases.push({ ...report, checkpoints });
  }
  const ok = databases.every(({ damage }) => damage.every(({ isTornTail }) => isTornTail));
  return { ok, databases };
}

/**
 * As `verifyDirectory`, of one database, whose own directory this is. `onGroup` is told how many bytes
 * of the files were read since it was called last.
 */
export async function verifyDatabase(
  fileSystem: FileSystem,
  directory: string,
  manifest: DatabaseManifest,
  onGroup: (bytes: number) => void = () => {},
): Promise<DatabaseReport> {
  const pace = new Pace();
  const damage: Damage[] = [];
  let [files, groups, records, bytes, endOffset, untold] = [0, 0, 0, 0, 0, 0];
  for await (const item of inspectDatabase(fileSystem, directory, manifest)) {
    if (item.type === "record") {
      records++; // It lies within its group.
      continue;
    }
    if (item.type === "unused" || item.type === "whole") continue;
    bytes += item.bytes;
    untold += item.bytes;
    switch (item.type) {
      case "segment":
        files++;
        break;
      case "group":
        groups++;
        endOffset = item.nextOffset;
        onGroup(untold);
        untold = 0;
        await pace.spend(item.bytes);
        break;
      case "damage":
        damage.push(item);
        break;
    }
  }
  return { name: manifest.name, files, groups, records, bytes, endOffset, damage };
}
