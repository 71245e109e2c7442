/**
 * The small files that say what a directory is: one line of JSON, then the CRC-32 of that line in
 * hexadecimal on a line of its own. Never changed in place: a new one is renamed over the old one.
 */
import { basename } from "node:path";
import { crc32 } from "node:zlib";

import { CorruptionError, FormatError } from "../errors.ts";
import { writeFully, type FileSystem } from "../filesystem/filesystem.ts";
import { formatVersion } from "../log/frame-kind.ts";
import { logOffset, type LogOffset } from "../scalars.ts";

import { databasesDirectory } from "./directory-layout.ts";

/** The file names of manifests, persisted. */
export const storeManifestName = "STORE";
export const databaseManifestName = "DATABASE";
export const replicaManifestName = "REPLICA";
export const replicasManifestName = "REPLICAS";
export const endManifestName = "END";
export const wholeManifestName = "WHOLE";

/** What every manifest holds beside its format. */
export interface Manifest {
  readonly kind: string;
}

/** What `STORE` holds, at the top of a data directory. */
export interface StoreManifest extends Manifest {
  readonly kind: "store";
  /** A UUID that is made with the directory: an emptied disk is another store. */
  readonly id: string;
}

/** What `DATABASE` holds, in the directory of a database. */
export interface DatabaseManifest extends Manifest {
  readonly kind: "database";
  readonly name: string;
  /** A UUID that is made with the database and the same on all its replicas. */
  readonly id: string;
  /** See GroupHeader. */
  readonly logId: number;
}

/** What `REPLICA` holds, beside `STORE` in the directory of a follower. */
export interface ReplicaManifest extends Manifest {
  readonly kind: "replica";
  /** The UUID of the store that this one is a copy of. */
  readonly leaderStoreId: string;
}

/** What `REPLICAS` holds, beside `STORE`: nothing but that it is there. See ReplicaMark. */
export interface ReplicasManifest extends Manifest {
  readonly kind: "replicas";
}

/**
 * What `END` holds, beside `DATABASE`: a promise that the log reaches so far at least. Written when a
 * segment is sealed and when the database is closed, so that a file that was lost or cut is missed.
 */
export interface EndManifest extends Manifest {
  readonly kind: "end";
  readonly endOffset: LogOffset;
}

/** What a copy of a log lacks of what its leader had, as compaction had dropped it there. */
export interface MissedRecords {
  /** From which high watermark on it shows states that its leader was in; 0 where it always does. */
  readonly wholeFrom: LogOffset;
  /** Tombstones and expired values that stood below it may be missing; 0 where none are. */
  readonly purgeFloor: LogOffset;
}

export const nothingMissed: MissedRecords = {
  wholeFrom: 0 as LogOffset,
  purgeFloor: 0 as LogOffset,
};

/** What `WHOLE` holds, beside `DATABASE` in a copy that missed records. See Wholeness. */
export interface WholeManifest extends Manifest, MissedRecords {
  readonly kind: "whole";
}

/** Writes a manifest that is either whole and durable or not there; `directory` must exist. */
export async function writeManifest(
  fileSystem: FileSystem,
  directory: string,
  fileName: string,
  manifest: Manifest,
): Promise<void> {
  const line = JSON.stringify({ format: formatVersion, ...manifest });
  const bytes = Buffer.from(`${line}\n${checksum(line)}\n`);
  const temporary = `${directory}/${fileName}.new`;
  if ((await fileSystem.list(directory)).some(({ name }) => name === `${fileName}.new`)) {
    await fileSystem.remove(temporary); // An earlier attempt was interrupted.
  }
  const file = await fileSystem.open(temporary, "create");
  try {
    await writeFully(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(temporary, `${directory}/${fileName}`);
  await fileSystem.syncDirectory(directory);
}

/** Reads the manifest of a store. Throws FormatError or CorruptionError where it is not as written. */
export async function readStoreManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<StoreManifest> {
  const path = `${directory}/${storeManifestName}`;
  const { kind, id } = await readManifest(fileSystem, path);
  if (kind !== "store" || typeof id !== "string") throw notAManifest(path);
  return { kind, id };
}

/** Throws FormatError unless a directory holds a store, or has held one: what is damaged may be missing. */
export async function refuseNoStore(fileSystem: FileSystem, directory: string): Promise<void> {
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  const marks = [storeManifestName, basename(databasesDirectory(directory))];
  if (marks.some((name) => names.includes(name))) return;
  throw notAStore(directory);
}

/** What to throw where a store is expected in a directory and there is none. */
export const notAStore = (directory: string): FormatError =>
  new FormatError(
    "NOT_A_STORE",
    `${directory} is not a data directory of BoxerDB: it has no file ${storeManifestName}. Name one ` +
      "that a server or a program has made",
  );

/** Reads the manifest of a database. Throws FormatError or CorruptionError where it is not as written. */
export async function readDatabaseManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<DatabaseManifest> {
  const path = `${directory}/${databaseManifestName}`;
  const { kind, name, id, logId } = await readManifest(fileSystem, path);
  if (
    kind !== "database" ||
    typeof name !== "string" ||
    typeof id !== "string" ||
    typeof logId !== "number"
  ) {
    throw notAManifest(path);
  }
  return { kind, name, id, logId };
}

/** Reads the manifest of a replica. Throws FormatError or CorruptionError where it is not as written. */
export async function readReplicaManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<ReplicaManifest> {
  const path = `${directory}/${replicaManifestName}`;
  const { kind, leaderStoreId } = await readManifest(fileSystem, path);
  if (kind !== "replica" || typeof leaderStoreId !== "string") throw notAManifest(path);
  return { kind, leaderStoreId };
}

/** What the log of a database is known to reach; 0 where nobody has noted it yet. */
export async function readLogEnd(fileSystem: FileSystem, directory: string): Promise<LogOffset> {
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  if (!names.includes(endManifestName)) return logOffset(0);
  const path = `${directory}/${endManifestName}`;
  const { kind, endOffset } = await readManifest(fileSystem, path);
  if (kind !== "end" || typeof endOffset !== "number") throw notAManifest(path);
  return logOffset(endOffset);
}

/** Notes durably what the log of a database reaches, all of it durable. */
export async function writeLogEnd(
  fileSystem: FileSystem,
  directory: string,
  endOffset: LogOffset,
): Promise<void> {
  const manifest: EndManifest = { kind: "end", endOffset };
  await writeManifest(fileSystem, directory, endManifestName, manifest);
}

/** What a log has missed. */
export async function readMissedRecords(
  fileSystem: FileSystem,
  directory: string,
): Promise<MissedRecords> {
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  if (!names.includes(wholeManifestName)) return nothingMissed;
  const path = `${directory}/${wholeManifestName}`;
  const { kind, wholeFrom, purgeFloor = wholeFrom } = await readManifest(fileSystem, path);
  if (kind !== "whole" || typeof wholeFrom !== "number" || typeof purgeFloor !== "number") {
    throw notAManifest(path);
  }
  return { wholeFrom: logOffset(wholeFrom), purgeFloor: logOffset(purgeFloor) };
}

/** Notes durably what a log has missed. */
export async function writeMissedRecords(
  fileSystem: FileSystem,
  directory: string,
  { wholeFrom, purgeFloor }: MissedRecords,
): Promise<void> {
  const manifest: WholeManifest = { kind: "whole", wholeFrom, purgeFloor };
  await writeManifest(fileSystem, directory, wholeManifestName, manifest);
}

/**
 * Reads a manifest of any kind, whose fields are for the caller to check. Throws FormatError or
 * CorruptionError where it is not as written.
 */
export async function readManifest(
  fileSystem: FileSystem,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const file = await fileSystem.open(path, "read");
  let text: string;
  try {
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    text = bytes.toString("utf8");
  } finally {
    await file.close();
  }
  const [line = ""] = text.split("\n", 1);
  if (text !== `${line}\n${checksum(line)}\n`) {
    throw new CorruptionError(path, 0, "it does not fit its checksum");
  }
  const manifest: unknown = JSON.parse(line);
  if (typeof manifest !== "object" || manifest === null || !("format" in manifest)) {
    throw notAManifest(path);
  }
  if (manifest.format !== formatVersion) {
    throw new FormatError(
      "FORMAT_UNSUPPORTED",
      `${path} has format ${String(manifest.format)}, this version of BoxerDB reads format ` +
        `${formatVersion}: use a version of BoxerDB that wrote it`,
    );
  }
  return { ...manifest };
}

/** What to throw where a manifest's fields are not what they must be. */
export const notAManifest = (path: string): FormatError =>
  new FormatError("NOT_A_STORE", `${path} is not a manifest of BoxerDB: check the directory`);

const checksum = (line: string): string => crc32(line).toString(16).padStart(8, "0");
