/**
 * Reads the files of a data directory as they are, without opening the store: for people who want to
 * see what is in a log, and for finding damage. Takes no lock and changes nothing; a store that is
 * open meanwhile may show an unfinished group at its end.
 */
import { CorruptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { textOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { isZero } from "../log/prepared-space.ts";
import type { RecordKind } from "../log/record.ts";
import { decideRecovery } from "../log/recovery.ts";
import {
  parseSegmentFileName,
  partitionSegments,
  segmentFileName,
  type SegmentName,
} from "../log/segment-name.ts";
import {
  greatestSyncedUpTo,
  readSegmentHeader,
  scanGroups,
  type ScannedRecord,
} from "../log/segment-scanner.ts";
import { bytePosition, type Epoch, type LogOffset, type TimestampMs } from "../scalars.ts";
import { databasesDirectory, directoriesInForce } from "../store/directory-layout.ts";
import {
  nothingMissed,
  readDatabaseManifest,
  readLogEnd,
  readMissedRecords,
  readStoreManifest,
  refuseNoStore,
  wholeManifestName,
  type DatabaseManifest,
} from "../store/manifest.ts";
import type { Storable } from "../value/storable.ts";
import { decodeValue } from "../value/value-decoder.ts";

/** Where something stands: in which file of which database, at which byte, and how long it is. */
interface InspectedPlace {
  readonly database: string;
  readonly path: string;
  readonly position: number;
  readonly bytes: number;
}

/** Something that was found in a log, in the order of the files' bytes. */
export type InspectedItem =
  /**
   * Of a copy that missed records: what its log shows below `wholeFrom` its leader may never have shown, and
   * tombstones and expired values below `purgeFloor` may be missing.
   */
  | (InspectedPlace & {
      readonly type: "whole";
      readonly wholeFrom: LogOffset;
      readonly purgeFloor: LogOffset;
    })
  | (InspectedPlace & {
      readonly type: "segment";
      readonly baseOffset: LogOffset;
      /** The end of what a compacted segment covers, exclusive; undefined for others. */
      readonly coveredEnd: LogOffset | undefined;
      readonly purgeFloor: LogOffset;
    })
  | (InspectedPlace & {
      readonly type: "group";
      readonly syncedUpTo: number;
      readonly recordBytes: number;
      readonly nextOffset: LogOffset;
      readonly highWatermark: LogOffset;
    })
  | (InspectedPlace & {
      readonly type: "record";
      readonly kind: "put" | "delete" | "epoch";
      readonly offset: LogOffset;
      readonly epoch: Epoch;
      readonly timestamp: TimestampMs;
      readonly expires: TimestampMs | null;
      readonly batchRemaining: number;
      readonly collection: string;
      readonly key: string;
      /** Null in records other than a put. */
      readonly value: Storable;
    })
  /** Bytes that are not as written; `bytes` reaches to the end of the file. */
  | (InspectedPlace & {
      readonly type: "damage";
      readonly reason: string;
      /** The next open of the store will cut them off, as nothing in them was ever durable. */
      readonly isTornTail: boolean;
    })
  /** Space for the groups to come, prepared behind the last one of the active segment: all zeros. */
  | (InspectedPlace & { readonly type: "unused" });

export interface InspectOptions {
  /** Only this database. Default: all. */
  readonly database?: string;
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
}

/**
 * Yields what stands in the logs of a data directory. Damage is an item, not an error; a file is not
 * read beyond it. Rejects where the directory is no store (FormatError, or ENOENT), or where a
 * manifest is damaged (CorruptionError).
 */
export async function* inspect(
  directory: string,
  options: InspectOptions = {},
): AsyncGenerator<InspectedItem, void> {
  const fileSystem = options.fileSystem ?? nodeFileSystem;
  for await (const found of databasesIn(directory, { ...options, fileSystem })) {
    yield* inspectDatabase(fileSystem, found.directory, found.manifest);
  }
}

/** The databases of a data directory, or the one that is asked for, and where each has its files. */
export async function* databasesIn(
  directory: string,
  { fileSystem, database }: { readonly fileSystem: FileSystem; readonly database?: string },
): AsyncGenerator<{ readonly directory: string; readonly manifest: DatabaseManifest }, void> {
  await refuseNoStore(fileSystem, directory);
  await readStoreManifest(fileSystem, directory);
  const parent = databasesDirectory(directory);
  const names = (await fileSystem.list(parent)).map(({ name }) => name);
  for (const name of directoriesInForce(names)) {
    const manifest = await readDatabaseManifest(fileSystem, `${parent}/${name}`);
    if (database !== undefined && database !== manifest.name) continue;
    yield { directory: `${parent}/${name}`, manifest };
  }
}

/** Yields what stands in the log of one database, whose own directory this is. */
export async function* inspectDatabase(
  fileSystem: FileSystem,
  directory: string,
  manifest: DatabaseManifest,
): AsyncGenerator<InspectedItem, void> {
  const files = await fileSystem.list(directory);
  const { current } = partitionSegments(
    files.flatMap(({ name }) => parseSegmentFileName(name) ?? []),
  );
  const lacking = (path: string, reason: string): InspectedItem => {
    const place = { database: manifest.name, path, position: 0, bytes: 0 };
    return { type: "damage", ...place, reason, isTornTail: false };
  };
  const missed = await readMissedRecords(fileSystem, directory);
  if (missed !== nothingMissed) {
    const path = `${directory}/${wholeManifestName}`;
    yield { type: "whole", database: manifest.name, path, position: 0, bytes: 0, ...missed };
  }
  let endOffset = 0;
  let committedEnd: number = await readLogEnd(fileSystem, directory);
  if (current.length === 0 && committedEnd > 0) {
    yield lacking(directory, "its segment files are missing");
  }
  for (const [index, name] of current.entries()) {
    const path = `${directory}/${segmentFileName(name)}`;
    const isActive = index === current.length - 1;
    if (name.baseOffset !== endOffset) {
      yield lacking(
        path,
        `the log before it ends at offset ${endOffset}: a segment file is missing`,
      );
    }
    const items = inspectSegment(fileSystem, path, name, manifest, isActive);
    let torn: Extract<InspectedItem, { type: "damage" }> | undefined;
    let unused: InspectedItem | undefined;
    let isDamaged = false;
    let step = await items.next();
    for (; step.done !== true; step = await items.next()) {
      const item = step.value;
      if (item.type === "group" && item.highWatermark > committedEnd) {
        committedEnd = item.highWatermark;
      }
      if (item.type === "damage" && item.isTornTail) {
        torn = item;
        continue;
      }
      if (item.type === "unused") {
        unused = item;
        continue;
      }
      isDamaged ||= item.type === "damage";
      yield item;
    }
    endOffset = step.value;
    if (isActive && name.coveredEnd !== undefined) {
      yield lacking(path, "the segment file that follows it is missing");
    } else if (isActive && !isDamaged && endOffset < committedEnd) {
      // What looks like a write that was cut short is where durable records were.
      const reason = `offsets below ${committedEnd} are missing, which were durable`;
      const { position, bytes } = unused ?? { position: 0, bytes: 0 };
      yield torn === undefined
        ? { ...lacking(path, reason), position, bytes }
        : { ...torn, isTornTail: false, reason: `${torn.reason}; ${reason}` };
    } else {
      if (unused !== undefined) yield unused;
      if (torn !== undefined) yield torn;
    }
  }
}

async function* inspectSegment(
  fileSystem: FileSystem,
  path: string,
  name: SegmentName,
  { name: database, logId }: DatabaseManifest,
  isActive: boolean,
): AsyncGenerator<InspectedItem, number> {
  const file = await fileSystem.open(path, "read");
  try {
    const size = await file.size();
    const found = await readSegmentHeader(file);
    let endOffset: number = name.baseOffset;
    let end: { position: number; damage: string | undefined } = {
      position: 0,
      damage: found === undefined ? "no valid header" : undefined,
    };
    if (found !== undefined) {
      const { baseOffset, coveredEnd, purgeFloor } = found.header;
      const bytes = found.endPosition;
      yield {
        type: "segment",
        database,
        path,
        position: 0,
        bytes,
        baseOffset,
        coveredEnd,
        purgeFloor,
      };
      const groups = scanGroups(file, logId, found.endPosition, baseOffset, size);
      let step = await groups.next();
      for (; step.done !== true; step = await groups.next()) {
        const { header, endPosition, records } = step.value;
        yield { type: "group", database, path, bytes: endPosition - header.position, ...header };
        for (const record of records) yield describeRecord(database, path, record);
        endOffset = header.nextOffset;
      }
      end = { position: step.value.position, damage: step.value.damage };
    }
    const place = { database, path, position: end.position, bytes: size - end.position };
    if (end.damage !== undefined && isActive && found !== undefined) {
      if (await isZero(file, end.position, size)) {
        yield { type: "unused", ...place };
        return endOffset;
      }
    }
    if (end.damage !== undefined) {
      const decision = decideRecovery({
        isActive,
        headerValid: found !== undefined,
        damagePosition: found === undefined ? undefined : bytePosition(end.position),
        syncedUpTo: await greatestSyncedUpTo(file, logId, 0, size),
      });
      const isTornTail = decision.action !== "refuse";
      yield { type: "damage", ...place, reason: end.damage, isTornTail };
    }
    return endOffset;
  } finally {
    await file.close();
  }
}

function describeRecord(database: string, path: string, record: ScannedRecord): InspectedItem {
  const { bytes, start, end, position, valueStart, valueEnd, kind } = record;
  const { offset, epoch, timestamp, expires, batchRemaining, collection, key } = record;
  let value: Storable;
  try {
    value = kind === FrameKind.put ? decodeValue(bytes, valueStart, valueEnd) : null;
  } catch (error) {
    throw new CorruptionError(path, position, "a value is not msgpack", { cause: error });
  }
  return {
    type: "record",
    database,
    path,
    position,
    bytes: end - start,
    kind: kindNames[kind],
    offset,
    epoch,
    timestamp,
    expires,
    batchRemaining,
    collection: textOf(collection),
    key: textOf(key),
    value,
  };
}

const kindNames: Readonly<Record<RecordKind, "put" | "delete" | "epoch">> = {
  [FrameKind.put]: "put",
  [FrameKind.delete]: "delete",
  [FrameKind.epoch]: "epoch",
};
