import { nodeFileSystem } from "../filesystem/node-filesystem.ts";

import { inspect, type InspectedItem, type InspectOptions } from "./inspector.ts";

/** Bytes that are not as written. */
export type Damage = Extract<InspectedItem, { type: "damage" }>;

/** What `verifyDirectory` found in one database. Sizes in bytes. */
export interface DatabaseReport {
  readonly name: string;
  readonly files: number;
  readonly groups: number;
  readonly records: number;
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

interface Tally {
  readonly name: string;
  files: number;
  groups: number;
  records: number;
  bytes: number;
  endOffset: number;
  readonly damage: Damage[];
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
  const tallies = new Map<string, Tally>();
  let readBytes = 0;
  for await (const item of inspect(directory, { ...options, fileSystem })) {
    let tally = tallies.get(item.database);
    if (tally === undefined) {
      const { database: name } = item;
      tally = { name, files: 0, groups: 0, records: 0, bytes: 0, endOffset: 0, damage: [] };
      tallies.set(name, tally);
    }
    // A record lies within its group.
    if (item.type !== "record") {
      tally.bytes += item.bytes;
      readBytes += item.bytes;
    }
    count(tally, item);
    if (item.type === "group") onProgress?.(readBytes);
  }
  const databases = [...tallies.values()];
  const ok = databases.every(({ damage }) => damage.every(({ isTornTail }) => isTornTail));
  return { ok, databases };
}

function count(tally: Tally, item: InspectedItem): void {
  switch (item.type) {
    case "segment":
      tally.files++;
      break;
    case "group":
      tally.groups++;
      tally.endOffset = item.nextOffset;
      break;
    case "record":
      tally.records++;
      break;
    case "damage":
      tally.damage.push(item);
      break;
  }
}
