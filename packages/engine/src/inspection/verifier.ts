import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { Pace } from "../pace.ts";
import type { DatabaseManifest } from "../store/manifest.ts";

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

export interface VerifyReport {
  /** Nothing is damaged; a torn tail, which the next open cuts off, is no damage. */
  readonly ok: boolean;
  readonly databases: readonly DatabaseReport[];
}

export interface VerifyOptions extends InspectOptions {
  /** Called after each group, with the bytes that have been read so far. Default: nobody is told. */
  readonly onProgress?: (readBytes: number) => void;
}

/**
 * Reads all logs of a data directory and checks every checksum, the order of offsets, every value and
 * that no file is missing. Rejects as `inspect` does.
 */
export async function verifyDirectory(
  directory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { fileSystem = nodeFileSystem, onProgress } = options;
  const databases: DatabaseReport[] = [];
  let readBytes = 0;
  for await (const found of databasesIn(directory, { ...options, fileSystem })) {
    const report = await verifyDatabase(fileSystem, found.directory, found.manifest, (bytes) => {
      readBytes += bytes;
      onProgress?.(readBytes);
    });
    databases.push(report);
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
    if (item.type === "unused") continue;
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
