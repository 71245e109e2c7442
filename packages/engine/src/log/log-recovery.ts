/**
 * Opens the log of a database: finds its files, reads them from front to back as far as they are not
 * known already, and decides by recovery.ts what to do about a crash or about damage.
 */
import { CorruptionError } from "../errors.ts";
import type { StoreEvent } from "../events.ts";
import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { isCheckpointFileName, isTemporaryCheckpointName } from "./checkpoint-name.ts";
import { EpochTable } from "./epoch-table.ts";
import { frameChecksum } from "./frame.ts";
import { createSegment, Log, type LogIdentity } from "./log.ts";
import { isZero } from "./prepared-space.ts";
import { decideRecovery } from "./recovery.ts";
import type { SegmentHeader } from "./segment-header.ts";
import {
  isTemporaryFileName,
  parseSegmentFileName,
  partitionSegments,
  segmentFileName,
  type SegmentName,
} from "./segment-name.ts";
import {
  greatestSyncedUpTo,
  readSegmentHeader,
  scanGroups,
  type ScannedGroup,
} from "./segment-scanner.ts";
import { Segment } from "./segment.ts";

export interface RecoveryObserver {
  /** Called for every valid group that is read, in order of offsets. */
  readonly onGroup: (group: ScannedGroup, segment: Segment) => void;
  readonly onEvent: (event: StoreEvent) => void;
  /** The name by which events call the database. */
  readonly database: string;
}

/** A segment file in force, open, whose groups have not been read. */
export interface SegmentFile {
  readonly name: SegmentName;
  readonly path: string;
  readonly file: FileHandle;
  /** The last one of the log. */
  readonly isActive: boolean;
  /** The length of the file. */
  readonly fileBytes: number;
  /** Its header and where that ends; undefined where there is none that fits name and log. */
  readonly found:
    | { readonly header: SegmentHeader; readonly endPosition: BytePosition }
    | undefined;
}

/** The files of a log. */
export interface LogFiles {
  /** Those in force, in their order. */
  readonly segments: readonly SegmentFile[];
  /** The names of checkpoints, the newest first. */
  readonly checkpoints: readonly string[];
  /** The names of files that interrupted work has left. */
  readonly leftovers: readonly string[];
}

/** A segment to read, or to take as it is known. */
export interface SegmentToRead {
  /** Undefined where its file has no valid header. */
  readonly segment: Segment | undefined;
  readonly source: SegmentFile;
  /** All of it is known, so that it is not read. Otherwise it is read from its `byteSize` on. */
  readonly isKnown: boolean;
}

/** Makes the first segment of a log in a directory that is empty but for the manifest. */
export async function createLog(identity: LogIdentity): Promise<Log> {
  const segment = await createSegment(identity, 0 as LogOffset);
  return new Log(identity, [segment], new EpochTable());
}

/** Finds the files of an existing log and opens its segments. Close them where they are not read. */
export async function openLogFiles(identity: LogIdentity): Promise<LogFiles> {
  const { names, checkpoints, leftovers } = await findFiles(identity);
  const segments: SegmentFile[] = [];
  try {
    for (const [index, name] of names.entries()) {
      segments.push(await openSegmentFile(identity, name, index === names.length - 1));
    }
  } catch (error) {
    await closeLogFiles({ segments });
    throw error;
  }
  return { segments, checkpoints, leftovers };
}

export async function closeLogFiles({ segments }: Pick<LogFiles, "segments">): Promise<void> {
  for (const { file } of segments) await file.close();
}

/** The segment in a file before anything is read of it; undefined where there is no valid header. */
export function describeSegment({ path, file, found }: SegmentFile): Segment | undefined {
  if (found === undefined) return undefined;
  const { header, endPosition } = found;
  return new Segment({
    path,
    file,
    baseOffset: header.baseOffset,
    purgeFloor: header.purgeFloor,
    groupsStart: endPosition,
    isCompacted: header.coveredEnd !== undefined,
    revision: header.revision,
  });
}

/**
 * Reads a log, which is known to reach `durableEnd`, and decides what to do about bytes that are not
 * valid; all of it is durable when this resolves. Notes the epochs. Throws CorruptionError where bytes
 * that were durable are not as written, or a file is missing. Does not close the files then.
 */
export async function readLog(
  identity: LogIdentity,
  toRead: readonly SegmentToRead[],
  epochs: EpochTable,
  durableEnd: LogOffset,
  observer: RecoveryObserver,
): Promise<Log> {
  const segments: Segment[] = [];
  try {
    await readSegments(identity, toRead, segments, epochs, durableEnd, observer);
    const active = segments.at(-1);
    if (active !== undefined) await makeTailDurable(active);
    return new Log(identity, segments, epochs);
  } catch (error) {
    const made = segments.filter((one) => toRead.every(({ segment }) => segment !== one));
    for (const { file } of made) await file.close();
    throw error;
  }
}

/** Puts the segments of a log into `segments`, one after the other as they are read. */
async function readSegments(
  identity: LogIdentity,
  toRead: readonly SegmentToRead[],
  segments: Segment[],
  epochs: EpochTable,
  durableEnd: LogOffset,
  observer: RecoveryObserver,
): Promise<void> {
  let endOffset = 0 as LogOffset;
  let committedEnd = durableEnd;
  for (const item of toRead) {
    const { name, path, isActive } = item.source;
    if (name.baseOffset !== endOffset) {
      throw new CorruptionError(
        path,
        0,
        `the log before it ends at offset ${endOffset}, so a segment file is missing`,
      );
    }
    if (isActive && name.coveredEnd !== undefined) {
      throw new CorruptionError(path, 0, "the segment file that follows it is missing");
    }
    const segment = item.isKnown
      ? item.segment
      : await readSegment(identity, observer, item, committedEnd, (group, into) => {
          for (const record of group.records) {
            epochs.note(record.epoch, record.offset, frameChecksum(record.bytes, record.start));
          }
          if (group.header.highWatermark > committedEnd) committedEnd = group.header.highWatermark;
          observer.onGroup(group, into);
        });
    if (segment === undefined) throw new Error("assertion failed: a known segment has a header");
    segments.push(segment);
    endOffset = segment.endOffset;
  }
  if (segments.length === 0 && durableEnd > 0) {
    throw new CorruptionError(identity.directory, 0, "its segment files are missing");
  }
  if (segments.length === 0) {
    // A crash came between the creation of the database and of its first segment.
    segments.push(await createSegment(identity, endOffset));
  }
}

/**
 * After a crash of the process, the tail may be in the kernel's memory only. After a sync that failed it
 * may be there for good: the kernel can hold pages that it could not write for clean, and sync them no
 * more. So what no later group vouches for is written again before it is synced.
 */
async function makeTailDurable({ file, vouchedBytes, byteSize }: Segment): Promise<void> {
  const stepBytes = 1 << 20;
  for (let position: number = vouchedBytes; position < byteSize; position += stepBytes) {
    const bytes = Buffer.allocUnsafe(Math.min(stepBytes, byteSize - position));
    await file.read(bytes, position);
    await writeFully(file, bytes, position);
  }
  await file.datasync();
}

/** The segments in force, checkpoints, and the files that interrupted work has left. */
async function findFiles(identity: LogIdentity): Promise<{
  readonly names: readonly SegmentName[];
  readonly checkpoints: readonly string[];
  readonly leftovers: readonly string[];
}> {
  const files = await identity.fileSystem.list(identity.directory);
  const names = files.map(({ name }) => name);
  const { current, replaced } = partitionSegments(
    names.flatMap((name) => parseSegmentFileName(name) ?? []),
  );
  const temporary = names.filter(
    (name) => isTemporaryFileName(name) || isTemporaryCheckpointName(name),
  );
  return {
    names: current,
    checkpoints: names.filter(isCheckpointFileName).toReversed(),
    leftovers: [...replaced.map(segmentFileName), ...temporary],
  };
}

async function openSegmentFile(
  identity: LogIdentity,
  name: SegmentName,
  isActive: boolean,
): Promise<SegmentFile> {
  const path = `${identity.directory}/${segmentFileName(name)}`;
  const file = await identity.fileSystem.open(path, isActive ? "write" : "read");
  try {
    const found = await readSegmentHeader(file);
    const header = found?.header;
    const fits =
      header?.databaseId === identity.databaseId &&
      header.logId === identity.logId &&
      header.baseOffset === name.baseOffset &&
      header.coveredEnd === name.coveredEnd;
    const fileBytes = await file.size();
    return { name, path, file, isActive, fileBytes, found: fits ? found : undefined };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads a segment from its `byteSize` on. `committedEnd`: all below it is known to have been durable, by
 * a segment before or by a note beside the log.
 */
async function readSegment(
  identity: LogIdentity,
  observer: RecoveryObserver,
  { segment, source }: SegmentToRead,
  committedEnd: LogOffset,
  onGroup: RecoveryObserver["onGroup"],
): Promise<Segment> {
  const { fileSystem, logId } = identity;
  const { name, path, file, isActive, fileBytes } = source;
  const { database, onEvent } = observer;
  const from = segment?.byteSize ?? 0;
  const damage = segment && (await scanInto(segment, logId, fileBytes, onGroup));
  const suspect = segment === undefined || damage !== undefined;
  // The others are followed by a segment that begins where they must end.
  const endsTooEarly = isActive && (segment?.endOffset ?? name.baseOffset) < committedEnd;
  const lost = `offsets below ${committedEnd} are missing, which were durable`;
  const isUnused = damage !== undefined && (await isZero(file, damage.position, fileBytes));
  // What was not read must be as written too before anything behind it may be cut off.
  if (segment !== undefined && damage !== undefined && !isUnused) {
    await expectValid(segment, logId, from);
  }
  const decision = decideRecovery({
    isActive,
    headerValid: segment !== undefined,
    damagePosition: damage?.position,
    // Groups that are known already vouch for nothing behind them.
    syncedUpTo: suspect ? await greatestSyncedUpTo(file, logId, from, fileBytes) : 0,
    missingFrom: endsTooEarly ? (segment?.byteSize ?? (0 as BytePosition)) : undefined,
  });
  switch (decision.action) {
    case "keep":
      if (segment === undefined) break;
      if (name.coveredEnd !== undefined && segment.endOffset !== name.coveredEnd) {
        throw new CorruptionError(path, fileBytes, "the file ends before the offset in its name");
      }
      return segment;
    case "cut":
      if (segment === undefined) break;
      await file.truncate(decision.position);
      if (isUnused) return segment;
      onEvent({
        type: "torn-tail-cut",
        database,
        path,
        position: decision.position,
        cutBytes: fileBytes - decision.position,
        reason: damage?.reason ?? "",
      });
      return segment;
    case "recreate":
      break;
    case "refuse":
      throw new CorruptionError(
        path,
        decision.position,
        endsTooEarly ? lost : (damage?.reason ?? "no valid header"),
      );
  }
  await file.close();
  await fileSystem.remove(path);
  onEvent({ type: "segment-recreated", database, path });
  return createSegment(identity, name.baseOffset);
}

/** Throws CorruptionError unless all groups of a segment that begin before `end` are valid. */
async function expectValid(segment: Segment, logId: number, end: number): Promise<void> {
  const { path, file, groupsStart, baseOffset } = segment;
  const groups = scanGroups(file, logId, groupsStart, baseOffset, end);
  let step = await groups.next();
  while (step.done !== true) step = await groups.next();
  const { damage, position } = step.value;
  if (damage !== undefined) throw new CorruptionError(path, position, damage);
}

/** Opens a segment that compaction has just put into force; what it holds is read by whoever asks. */
export async function openSealed(identity: LogIdentity, name: SegmentName): Promise<Segment> {
  const source = await openSegmentFile(identity, name, false);
  const segment = describeSegment(source);
  if (segment !== undefined) return segment;
  await source.file.close();
  throw new CorruptionError(source.path, 0, "no valid header");
}

/** Reads a segment from its `byteSize` on, as far as it is valid. */
async function scanInto(
  segment: Segment,
  logId: number,
  size: number,
  onGroup: RecoveryObserver["onGroup"],
): Promise<{ readonly position: BytePosition; readonly reason: string } | undefined> {
  const { file, byteSize, endOffset } = segment;
  const groups = scanGroups(file, logId, byteSize, endOffset, size);
  let step = await groups.next();
  for (; step.done !== true; step = await groups.next()) {
    segment.addGroup(
      step.value.header.position,
      step.value.endPosition,
      step.value.header.nextOffset,
    );
    segment.markSynced(segment.byteSize);
    const { syncedUpTo } = step.value.header;
    if (syncedUpTo > segment.vouchedBytes) segment.vouchedBytes = syncedUpTo;
    onGroup(step.value, segment);
  }
  const { position, damage } = step.value;
  return damage === undefined ? undefined : { position, reason: damage };
}
