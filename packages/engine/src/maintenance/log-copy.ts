/**
 * Copies a log up to an offset: the whole segments below it as files, the last one group by group.
 *
 * A segment that ends before the offset may be copied as a hard link. That is safe, as a sealed segment
 * is never changed in place: compaction writes new files, and a follower cuts its log at the high
 * watermark or above, where the copy ends. A segment that ends right there is not linked: cut there, the
 * log would go on in it. The last segment of the copy is always a file of its own, as it is the one that
 * grows when the copy is opened; so is the copy of a segment that compaction has made, where another has
 * taken its name meanwhile.
 *
 * The copy ends with the beginning of a reign of its own. It and its original may both be written to
 * from there on, and give the same offsets to different records; by the first record of its reign,
 * which holds its time, every replica tells the one from the other.
 */
import { CatchingUpError, CorruptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { batchEndOf } from "../log/record.ts";
import { encodeSegmentHeader } from "../log/segment-header.ts";
import { segmentFileName } from "../log/segment-name.ts";
import { scanGroups, type ScannedGroup, type ScannedRecord } from "../log/segment-scanner.ts";
import type { Epoch, LogOffset, TimestampMs } from "../scalars.ts";
import {
  databaseManifestName,
  writeLogEnd,
  writeManifest,
  writeMissedRecords,
} from "../store/manifest.ts";

import { digestOf, digestOfHandle, isSameDigest, type FileDigest } from "./file-digest.ts";
import type { LogSource, SegmentSource } from "./log-source.ts";
import type { Progress } from "./progress.ts";
import { SegmentFileWriter } from "./segment-file-writer.ts";
import { copyBytes, tryLink } from "./shared-file.ts";

export interface LogCopy {
  readonly fileSystem: FileSystem;
  readonly source: LogSource;
  /** Records below it are copied; of a batch that reaches beyond it, none. */
  readonly end: LogOffset;
  /** The database's directory in the copy, which must not exist. */
  readonly to: string;
  /** Whether segments that end before `end` may be linked. */
  readonly links: boolean;
  /** When the copy's own reign begins. */
  readonly timestamp: TimestampMs;
  readonly progress: Progress;
}

/** What was copied. */
export interface CopiedLog {
  /** The records below it are in the copy: `end`, or where a batch begins that reaches beyond. */
  readonly offset: LogOffset;
  /** By the names of the files; undefined for those whose content is only known by reading them. */
  readonly segments: ReadonlyMap<string, FileDigest | undefined>;
  readonly linkedBytes: number;
  readonly copiedBytes: number;
}

/**
 * Copies a log. All is durable when this resolves, but for the name of the directory. Throws CatchingUpError
 * where the log is not whole at its end: the copy would show what never was, and never catch up.
 */
export async function copyLog(copy: LogCopy): Promise<CopiedLog> {
  const { fileSystem, source, end, to, progress } = copy;
  const { wholeFrom, purgeFloor } = source.missed;
  if (end < wholeFrom) throw new CatchingUpError(source.manifest.name, end, wholeFrom);
  await fileSystem.makeDirectory(to);
  await writeManifest(fileSystem, to, databaseManifestName, source.manifest);
  const last = source.segments.at(-1);
  const isWhole = (segment: SegmentSource): boolean =>
    segment.endOffset <= end && (segment !== last || segment.name.coveredEnd !== undefined);
  const segments = new Map<string, FileDigest | undefined>();
  let [linkedBytes, copiedBytes] = [0, 0];
  const whole = source.segments.filter(isWhole);
  for (const segment of whole) {
    const name = segmentFileName(segment.name);
    const mayLink = copy.links && segment.endOffset < end;
    const linked = mayLink ? await linkSegment(copy, segment, `${to}/${name}`) : undefined;
    if (linked === undefined) {
      const { file, byteSize } = segment;
      segments.set(name, await copyBytes(fileSystem, file, byteSize, `${to}/${name}`, progress));
      copiedBytes += segment.byteSize;
    } else {
      segments.set(name, linked.digest);
      linkedBytes += segment.byteSize;
    }
  }
  const head = source.segments[whole.length];
  const baseOffset = head?.name.baseOffset ?? whole.at(-1)?.endOffset ?? (0 as LogOffset);
  const name = segmentFileName({ baseOffset, coveredEnd: undefined });
  const { offset, endOffset, digest } = await copyHead(copy, head, baseOffset, `${to}/${name}`);
  segments.set(name, digest);
  const hasMissed = wholeFrom > 0 || purgeFloor > 0;
  if (hasMissed) await writeMissedRecords(fileSystem, to, source.missed);
  await writeLogEnd(fileSystem, to, endOffset);
  await fileSystem.syncDirectory(to);
  return { offset, segments, linkedBytes, copiedBytes: copiedBytes + digest.bytes };
}

/** Links a segment's file; undefined where that cannot be done. */
async function linkSegment(
  { fileSystem, progress }: LogCopy,
  segment: SegmentSource,
  to: string,
): Promise<{ readonly digest: FileDigest | undefined } | undefined> {
  if (!(await tryLink(fileSystem, segment.path, to))) return undefined;
  if (segment.name.coveredEnd === undefined) return { digest: undefined };
  // A compacted segment that is compacted again by itself keeps its name, but not what it held at the
  // offset of the copy. The file that is open here is the one that was meant.
  progress.expect(2 * segment.byteSize);
  const meant = await digestOfHandle(segment.file, segment.byteSize, progress);
  if (isSameDigest(meant, await digestOf(fileSystem, to, progress))) return { digest: meant };
  await fileSystem.remove(to);
  return undefined;
}

/** Writes the last segment of the copy: what of `head` lies below the end, and a new reign. */
async function copyHead(
  { fileSystem, source, end, timestamp, progress }: LogCopy,
  head: SegmentSource | undefined,
  baseOffset: LogOffset,
  to: string,
): Promise<{
  readonly offset: LogOffset;
  readonly endOffset: LogOffset;
  readonly digest: FileDigest;
}> {
  const { id: databaseId, logId } = source.manifest;
  const header = {
    databaseId,
    logId,
    baseOffset,
    coveredEnd: undefined,
    purgeFloor: 0 as LogOffset,
    revision: 0,
  };
  const writer = await SegmentFileWriter.create(fileSystem, to, encodeSegmentHeader(header), logId);
  try {
    let offset = baseOffset;
    if (head !== undefined) {
      progress.expect(head.byteSize);
      for await (const group of groupsOf(head, logId)) {
        const part = partBelow(group, end);
        const { syncedUpTo, highWatermark } = group.header;
        const promises = { syncedUpTo, highWatermark, nextOffset: part.nextOffset };
        await writer.addGroup(promises, part.records.map(frameOfRecord));
        offset = part.nextOffset;
        await progress.advance(group.endPosition - group.header.position);
        if (group.header.nextOffset >= end) break;
      }
    }
    // In a log without records no reign has begun, and the first one that opens it begins one.
    if (end === 0) return { offset, endOffset: end, digest: await writer.finish() };
    // Not at the end of the last whole batch: compaction may vouch that the log reaches up to `end`.
    const epoch = (source.epochs.startBefore(offset).epoch + 1) as Epoch;
    await writer.beginReign({ epoch, offset: end, timestamp });
    return { offset, endOffset: (end + 1) as LogOffset, digest: await writer.finish() };
  } catch (error) {
    await writer.close();
    throw error;
  }
}

/** The groups of a segment. Throws CorruptionError where it is damaged. */
export async function* groupsOf(
  { file, path, name, groupsStart, byteSize }: SegmentSource,
  logId: number,
): AsyncGenerator<ScannedGroup, void> {
  const groups = scanGroups(file, logId, groupsStart, name.baseOffset, byteSize);
  let step = await groups.next();
  for (; step.done !== true; step = await groups.next()) yield step.value;
  const { damage, position } = step.value;
  if (damage !== undefined) throw new CorruptionError(path, position, damage);
}

/** The records of a group in whole batches below `end`, and where the log ends after them. */
function partBelow(
  { header, records }: ScannedGroup,
  end: LogOffset,
): { readonly records: readonly ScannedRecord[]; readonly nextOffset: LogOffset } {
  if (header.nextOffset <= end) return { records, nextOffset: header.nextOffset };
  const beyond = records.findIndex((record) => batchEndOf(record) >= end);
  const first = records[beyond];
  if (first === undefined) return { records, nextOffset: end };
  const nextOffset = Math.min(first.offset, end) as LogOffset;
  return { records: records.slice(0, beyond), nextOffset };
}

const frameOfRecord = ({ bytes, start, end }: ScannedRecord): Buffer => bytes.subarray(start, end);
