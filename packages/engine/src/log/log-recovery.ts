/**
 * Opens the log of a database: finds its files, reads them from front to back, and decides by
 * recovery.ts what to do about a crash or about damage.
 */
import { CorruptionError } from "../errors.ts";
import type { StoreEvent } from "../events.ts";
import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { EpochTable } from "./epoch-table.ts";
import { frameChecksum } from "./frame.ts";
import { createSegment, Log, type LogIdentity } from "./log.ts";
import { isZero } from "./prepared-space.ts";
import { decideRecovery } from "./recovery.ts";
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
  /** Called for every valid group, in order of offsets. */
  readonly onGroup: (group: ScannedGroup, segment: Segment) => void;
  readonly onEvent: (event: StoreEvent) => void;
  /** The name by which events call the database. */
  readonly database: string;
}

/** Makes the first segment of a log in a directory that is empty but for the manifest. */
export async function createLog(identity: LogIdentity): Promise<Log> {
  const segment = await createSegment(identity, 0 as LogOffset);
  return new Log(identity, [segment], new EpochTable());
}

/**
 * Opens an existing log, which is known to reach `durableEnd`; all of it is durable when this resolves. Throws CorruptionError where bytes
 * that were durable are not as written, or a file is missing.
 */
export async function openLog(
  identity: LogIdentity,
  durableEnd: LogOffset,
  observer: RecoveryObserver,
): Promise<Log> {
  const { fileSystem, directory } = identity;
  const { names, leftovers } = await findSegments(identity);
  const segments: Segment[] = [];
  const epochs = new EpochTable();
  const progress = new OpeningProgress(observer, await totalBytes(identity, names));
  let endOffset = 0 as LogOffset;
  let committedEnd = durableEnd;
  try {
    for (const [index, name] of names.entries()) {
      const isActive = index === names.length - 1;
      const path = `${directory}/${segmentFileName(name)}`;
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
      const role = { isActive, committedEnd };
      const segment = await openSegment(identity, observer, path, name, role, (group, into) => {
        for (const record of group.records) {
          epochs.note(record.epoch, record.offset, frameChecksum(record.bytes, record.start));
        }
        if (group.header.highWatermark > committedEnd) committedEnd = group.header.highWatermark;
        progress.add(group);
        observer.onGroup(group, into);
      });
      segments.push(segment);
      endOffset = segment.endOffset;
    }
    if (segments.length === 0 && durableEnd > 0) {
      throw new CorruptionError(directory, 0, "its segment files are missing");
    }
    if (segments.length === 0) {
      // A crash came between the creation of the database and of its first segment.
      segments.push(await createSegment(identity, endOffset));
    }
    const active = segments.at(-1);
    if (active !== undefined) await makeTailDurable(active);
    // Only now that all that replaces them is known to be whole, and to stay, may leftovers go.
    await fileSystem.syncDirectory(directory);
    for (const name of leftovers) {
      await fileSystem.remove(`${directory}/${name}`);
      observer.onEvent({ type: "leftover-removed", path: `${directory}/${name}` });
    }
  } catch (error) {
    for (const segment of segments) {
      segment.release();
      await segment.closed();
    }
    throw error;
  }
  progress.done();
  return new Log(identity, segments, epochs);
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

/** The segments in force, and the files that interrupted compactions have left. */
async function findSegments(identity: LogIdentity): Promise<{
  readonly names: readonly SegmentName[];
  readonly leftovers: readonly string[];
}> {
  const files = await identity.fileSystem.list(identity.directory);
  const segments = files.flatMap(({ name }) => parseSegmentFileName(name) ?? []);
  const temporary = files.map(({ name }) => name).filter(isTemporaryFileName);
  const { current, replaced } = partitionSegments(segments);
  return { names: current, leftovers: [...replaced.map(segmentFileName), ...temporary] };
}

/** What the place of a segment in its log asks of it. */
interface SegmentRole {
  /** It is the last one. */
  readonly isActive: boolean;
  /** All below it is known to have been durable, by a segment before or by a note beside the log. */
  readonly committedEnd: LogOffset;
}

async function openSegment(
  identity: LogIdentity,
  observer: RecoveryObserver,
  path: string,
  name: SegmentName,
  { isActive, committedEnd }: SegmentRole,
  onGroup: RecoveryObserver["onGroup"],
): Promise<Segment> {
  const { fileSystem, logId } = identity;
  const { database, onEvent } = observer;
  const file = await fileSystem.open(path, isActive ? "write" : "read");
  try {
    const size = await file.size();
    const segment = await describeSegment(identity, path, name, file);
    const damage = segment && (await scanInto(segment, logId, size, onGroup));
    const suspect = segment === undefined || damage !== undefined;
    // The others are followed by a segment that begins where they must end.
    const endsTooEarly = isActive && (segment?.endOffset ?? name.baseOffset) < committedEnd;
    const lost = `offsets below ${committedEnd} are missing, which were durable`;
    const decision = decideRecovery({
      isActive,
      headerValid: segment !== undefined,
      damagePosition: damage?.position,
      syncedUpTo: suspect ? await greatestSyncedUpTo(file, logId, 0, size) : 0,
      missingFrom: endsTooEarly ? (segment?.byteSize ?? (0 as BytePosition)) : undefined,
    });
    switch (decision.action) {
      case "keep":
        if (segment === undefined) break;
        if (name.coveredEnd !== undefined && segment.endOffset !== name.coveredEnd) {
          throw new CorruptionError(path, size, "the file ends before the offset in its name");
        }
        return segment;
      case "cut": {
        if (segment === undefined) break;
        const isUnused = await isZero(file, decision.position, size);
        await file.truncate(decision.position);
        if (isUnused) return segment;
        onEvent({
          type: "torn-tail-cut",
          database,
          path,
          position: decision.position,
          cutBytes: size - decision.position,
          reason: damage?.reason ?? "",
        });
        return segment;
      }
      case "recreate":
        break;
      case "refuse":
        throw new CorruptionError(
          path,
          decision.position,
          endsTooEarly ? lost : (damage?.reason ?? "no valid header"),
        );
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  await fileSystem.remove(path);
  onEvent({ type: "segment-recreated", database, path });
  return createSegment(identity, name.baseOffset);
}

/** Opens a segment that compaction has just put into force; what it holds is read by `scanSealed`. */
export async function openSealed(identity: LogIdentity, name: SegmentName): Promise<Segment> {
  const path = `${identity.directory}/${segmentFileName(name)}`;
  const file = await identity.fileSystem.open(path, "read");
  try {
    const segment = await describeSegment(identity, path, name, file);
    if (segment === undefined) throw new CorruptionError(path, 0, "no valid header");
    return segment;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a sealed segment from front to back. Throws CorruptionError where it is damaged. */
export async function scanSealed(
  identity: LogIdentity,
  segment: Segment,
  onGroup: RecoveryObserver["onGroup"],
): Promise<void> {
  const size = await segment.file.size();
  const damage = await scanInto(segment, identity.logId, size, onGroup);
  if (damage !== undefined) {
    throw new CorruptionError(segment.path, damage.position, damage.reason);
  }
}

/** The segment that a file holds by its header; undefined where that does not fit name and log. */
async function describeSegment(
  identity: LogIdentity,
  path: string,
  name: SegmentName,
  file: FileHandle,
): Promise<Segment | undefined> {
  const found = await readSegmentHeader(file);
  const header = found?.header;
  if (
    found === undefined ||
    header?.databaseId !== identity.databaseId ||
    header.logId !== identity.logId ||
    header.baseOffset !== name.baseOffset ||
    header.coveredEnd !== name.coveredEnd
  ) {
    return undefined;
  }
  return new Segment({
    path,
    file,
    baseOffset: header.baseOffset,
    purgeFloor: header.purgeFloor,
    groupsStart: found.endPosition,
    isCompacted: header.coveredEnd !== undefined,
  });
}

async function scanInto(
  segment: Segment,
  logId: number,
  size: number,
  onGroup: RecoveryObserver["onGroup"],
): Promise<{ readonly position: BytePosition; readonly reason: string } | undefined> {
  const { file, groupsStart, baseOffset } = segment;
  const groups = scanGroups(file, logId, groupsStart, baseOffset, size);
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

async function totalBytes(identity: LogIdentity, names: readonly SegmentName[]): Promise<number> {
  let total = 0;
  for (const name of names) {
    const path = `${identity.directory}/${segmentFileName(name)}`;
    const file = await identity.fileSystem.open(path, "read");
    total += await file.size();
    await file.close();
  }
  return total;
}

const progressStepBytes = 64 << 20;

class OpeningProgress {
  readonly #observer: RecoveryObserver;
  readonly #totalBytes: number;
  #readBytes = 0;
  #records = 0;
  #toldBytes = 0;

  constructor(observer: RecoveryObserver, total: number) {
    this.#observer = observer;
    this.#totalBytes = total;
  }

  add(group: ScannedGroup): void {
    this.#readBytes += group.endPosition - group.header.position;
    this.#records += group.records.length;
    if (this.#readBytes - this.#toldBytes >= progressStepBytes) this.#tell();
  }

  done(): void {
    this.#readBytes = this.#totalBytes;
    this.#tell();
  }

  #tell(): void {
    this.#toldBytes = this.#readBytes;
    this.#observer.onEvent({
      type: "opening",
      database: this.#observer.database,
      readBytes: this.#readBytes,
      totalBytes: this.#totalBytes,
      records: this.#records,
    });
  }
}
