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
import type { FileHandle } from "../filesystem/filesystem.ts";
import { writeSegmentHeader, type LogIdentity } from "../log/log.ts";
import { segmentFileName, temporaryFileName } from "../log/segment-name.ts";
import type { ScannedRecord } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

import { GroupOutput } from "./group-output.ts";
import type { Pacer } from "./pacer.ts";
import { recordSlices, type SegmentExtent } from "./record-slices.ts";

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
  /** Tombstones and expired values below it may be left out by `keeps`. */
  readonly purgeFloor: LogOffset;
  /**
   * Makes durable all that `keeps` went by. A record that was acknowledged before it was durable must
   * not have made an older one go that a power cut would bring back into sight.
   */
  readonly makeDurable: () => Promise<void>;
  /** Says when to stop for a while, and when for good: the rewrite rejects with its signal's reason. */
  readonly pacer: Pacer;
  /** Told how many bytes more have been read, and how many have been written in all. */
  readonly onProgress: (readBytes: number, writtenBytes: number) => void;
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

/** Where the groups of a segment stand. */
export function extentOf({ logId }: LogIdentity, segment: Segment, end: number): SegmentExtent {
  const { path, file, groupsStart: start, baseOffset } = segment;
  return { path, file, logId, start, end, baseOffset };
}

async function writeRewritten(
  identity: LogIdentity,
  rewrite: Rewrite,
  file: FileHandle,
  path: string,
  { baseOffset, coveredEnd }: RewrittenName,
): Promise<number> {
  const { run, keeps, pacer } = rewrite;
  const { databaseId, logId } = identity;
  const floors = run.map((segment) => segment.purgeFloor);
  // Nothing that is dropped lies beyond the run, so nobody who resumes there misses anything.
  const dropsBelow = Math.min(rewrite.purgeFloor, coveredEnd);
  const purgeFloor = Math.max(dropsBelow, ...floors) as LogOffset;
  const revision = 1 + Math.max(...rewrite.run.map((segment) => segment.revision));
  const header = { databaseId, logId, baseOffset, coveredEnd, purgeFloor, revision };
  const { groupsStart } = await writeSegmentHeader(path, file, header);
  const output = new GroupOutput(file, logId, groupsStart, rewrite.highWatermark);
  for (const segment of run) {
    for await (const slice of recordSlices(extentOf(identity, segment, segment.byteSize))) {
      for (const record of slice.records) {
        if (keeps(record, segment)) {
          const written = output.add(record.bytes, record.start, record.end);
          if (written !== undefined) await written;
        }
        // A batch stays within one group, as readers rely on it.
        if (output.isFull && record.batchRemaining === 0) {
          await pacer.wrote(await output.end((record.offset + 1) as LogOffset));
        }
      }
      rewrite.onProgress(slice.readBytes, output.position);
      if (pacer.counts(slice.records.length, slice.readBytes)) await pacer.pause();
      pacer.signal.throwIfAborted();
    }
  }
  // The last group reaches to the end of what is covered, even if nothing is left there. Its high
  // watermark tells how far the log must reach for all that `keeps` went by to be in it.
  await pacer.wrote(await output.end(coveredEnd));
  return output.position;
}
