/**
 * Writes one segment out of a run of segments, without the records that are no longer needed. The
 * others keep their bytes, so their offsets and their order. Steps, and what a crash leaves behind:
 *
 *   1. write <base>-<end>.tmp, sync it       a .tmp file, removed at the next open
 *      sync what its choice went by          the same
 *   2. rename it to <base>-<end>.log         in force, with the files that it replaces still there
 *   3. sync the directory
 *   4. remove the replaced files             some of them, removed at the next open
 */
import { CorruptionError } from "../errors.ts";
import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import { groupHeaderBytes, writeGroupHeader } from "../log/group-header.ts";
import { writeSegmentHeader, type LogIdentity } from "../log/log.ts";
import { segmentFileName, temporaryFileName } from "../log/segment-name.ts";
import { scanGroups, type ScannedRecord } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

/** The bytes of records after which a group ends, so that no step takes long. */
const groupBytesAtMost = 128 << 10;

/** The interval of offsets that a rewritten segment covers, which is its name. */
export interface RewrittenName {
  readonly baseOffset: LogOffset;
  readonly coveredEnd: LogOffset;
}

export interface Rewrite {
  /** Neighbours, sealed and below the high watermark, in order. */
  readonly run: readonly Segment[];
  readonly highWatermark: () => LogOffset;
  /** Whether a record must stay. Asked once for each, in order. */
  readonly keeps: (record: ScannedRecord, segment: Segment) => boolean;
  /** Tombstones below it may be left out by `keeps`. */
  readonly purgeFloor: LogOffset;
  /**
   * Makes durable all that `keeps` went by. A record that was acknowledged before it was durable must
   * not have made an older one go that a power cut would bring back into sight.
   */
  readonly makeDurable: () => Promise<void>;
}

/**
 * Writes a run anew, into a file that is durable but not yet in force; resolves to its name-to-be and
 * its length in bytes. Leaves nothing behind where it fails, so that it can be tried again.
 */
export async function rewriteSegments(
  identity: LogIdentity,
  rewrite: Rewrite,
): Promise<{ readonly name: RewrittenName; readonly bytes: number }> {
  const { fileSystem, directory } = identity;
  const [first] = rewrite.run;
  const last = rewrite.run.at(-1);
  if (first === undefined || last === undefined) {
    throw new Error("assertion failed: a run has at least one segment");
  }
  const name = { baseOffset: first.baseOffset, coveredEnd: last.endOffset };
  const temporary = `${directory}/${temporaryFileName(name.baseOffset, name.coveredEnd)}`;
  const file = await fileSystem.open(temporary, "create");
  try {
    const bytes = await writeRewritten(identity, rewrite, file, temporary, name);
    await file.datasync();
    await file.close();
    await rewrite.makeDurable();
    return { name, bytes };
  } catch (error) {
    await file.close();
    await fileSystem.remove(temporary).catch(() => {}); // What went wrong before says more.
    throw error;
  }
}

/** Puts a rewritten segment into force on disk, in the place of all files that it covers. */
export async function putIntoForce(
  { fileSystem, directory }: LogIdentity,
  name: RewrittenName,
): Promise<void> {
  const temporary = `${directory}/${temporaryFileName(name.baseOffset, name.coveredEnd)}`;
  await fileSystem.rename(temporary, `${directory}/${segmentFileName(name)}`);
  await fileSystem.syncDirectory(directory);
}

async function writeRewritten(
  identity: LogIdentity,
  rewrite: Rewrite,
  file: FileHandle,
  path: string,
  { baseOffset, coveredEnd }: RewrittenName,
): Promise<number> {
  const { databaseId, logId } = identity;
  const floors = rewrite.run.map((segment) => segment.purgeFloor);
  const purgeFloor = Math.max(rewrite.purgeFloor, ...floors) as LogOffset;
  const header = { databaseId, logId, baseOffset, coveredEnd, purgeFloor };
  const { groupsStart } = await writeSegmentHeader(path, file, header);
  const writer = new GroupedWriter(file, logId, groupsStart, rewrite.highWatermark);
  for (const segment of rewrite.run) {
    const { groupsStart: from, baseOffset: offset, byteSize } = segment;
    const groups = scanGroups(segment.file, logId, from, offset, byteSize);
    let step = await groups.next();
    for (; step.done !== true; step = await groups.next()) {
      for (const record of step.value.records) {
        if (rewrite.keeps(record, segment)) writer.add(record);
        if (writer.pendingBytes >= groupBytesAtMost && record.batchRemaining === 0) {
          await writer.flush((record.offset + 1) as LogOffset);
        }
      }
    }
    const { damage, position } = step.value;
    if (damage !== undefined) throw new CorruptionError(segment.path, position, damage);
  }
  // The last group reaches to the end of what is covered, even if nothing is left there. Its high
  // watermark tells how far the log must reach for all that `keeps` went by to be in it.
  await writer.flush(coveredEnd);
  return writer.position;
}

/** Puts records into groups. A batch stays within one group, as readers rely on it. */
class GroupedWriter {
  readonly #file: FileHandle;
  readonly #logId: number;
  readonly #highWatermark: () => LogOffset;
  #position: number;
  #records: Buffer[] = [];
  #pendingBytes = 0;

  constructor(
    file: FileHandle,
    logId: number,
    start: BytePosition,
    highWatermark: () => LogOffset,
  ) {
    this.#file = file;
    this.#logId = logId;
    this.#position = start;
    this.#highWatermark = highWatermark;
  }

  /** Where the next group begins. */
  get position(): number {
    return this.#position;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  add({ bytes, start, end }: ScannedRecord): void {
    this.#records.push(bytes.subarray(start, end));
    this.#pendingBytes += end - start;
  }

  async flush(nextOffset: LogOffset): Promise<void> {
    const group = Buffer.concat([Buffer.allocUnsafe(groupHeaderBytes), ...this.#records]);
    const position = this.#position as BytePosition;
    writeGroupHeader(group, 0, {
      logId: this.#logId,
      position,
      syncedUpTo: 0 as BytePosition,
      recordBytes: this.#pendingBytes,
      nextOffset,
      highWatermark: this.#highWatermark(),
    });
    await writeFully(this.#file, group, position);
    this.#position += group.byteLength;
    this.#records = [];
    this.#pendingBytes = 0;
  }
}
