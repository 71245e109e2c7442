/**
 * Cuts off the end of a log: what a follower has that its new leader does not. A crash at any point
 * leaves a log that ends where it was to be cut, or a longer beginning of the old one.
 *
 *   1. END                                   first of all, as it promises more than will be there
 *   2. remove the segments behind the cut    the last one first, each removal made durable: a power cut
 *                                            must not take one from the midst
 *   3. the segment that holds the offset:
 *      - the active one, between two groups  cut in place
 *      - otherwise                           written anew up to the cut, synced, renamed over the old
 *                                            one: a group is there as a whole or not at all, so the last
 *                                            one cannot be shortened where it stands
 *
 * All that stays keeps its place in its file. A file that was sealed is not changed in place.
 */
import { CorruptionError } from "../errors.ts";
import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { groupHeaderBytes, writeGroupHeader } from "./group-header.ts";
import type { Log, LogIdentity } from "./log.ts";
import { temporaryFileName } from "./segment-name.ts";
import { scanGroups, type ScannedGroup } from "./segment-scanner.ts";
import type { Segment } from "./segment.ts";

/** How much is copied at once. */
const stepBytes = 1 << 20;

/** What stays of a segment. */
interface Cut {
  /** Where the last group ends that stays as it is. */
  readonly position: BytePosition;
  /** The group that the offset lies within; undefined where it lies between two. */
  readonly divided: ScannedGroup | undefined;
}

/**
 * Has a log end at `offset`, which lies before its end and not below the high watermark. Nothing else
 * may write it meanwhile. Throws CorruptionError where the segment that holds the offset is damaged; the
 * log must not be written to after any rejection.
 */
export async function truncateLog(
  log: Log,
  offset: LogOffset,
  highWatermark: LogOffset,
): Promise<void> {
  const { fileSystem, directory, blockCache, logId, noteEnd } = log.identity;
  const withdrawn = await log.withdraw(offset);
  const holder = log.active;
  const { position, divided } = await findCut(holder, logId, offset);
  // END tells of what is durable.
  if (holder.syncedBytes < holder.byteSize) await holder.file.datasync();
  await noteEnd(offset);
  for (const { path } of withdrawn) {
    await fileSystem.remove(path);
    await fileSystem.syncDirectory(directory);
  }
  blockCache.forget(holder, position);
  if (withdrawn.length === 0 && divided === undefined) {
    holder.cut(position, offset);
    await holder.file.truncate(position);
    await holder.file.datasync();
    return;
  }
  const head = divided && headOf(divided, { logId, offset, highWatermark });
  const file = await rewrite(log.identity, holder, position, head, offset);
  holder.cut((position + (head?.byteLength ?? 0)) as BytePosition, offset, file);
}

async function findCut(holder: Segment, logId: number, offset: LogOffset): Promise<Cut> {
  const place = holder.placeOf(offset);
  const size = holder.byteSize;
  const groups = scanGroups(holder.file, logId, place.position, place.offset, size);
  let endOffset = place.offset;
  let step = await groups.next();
  for (; step.done !== true; step = await groups.next()) {
    const { position, nextOffset } = step.value.header;
    if (nextOffset > offset) {
      return { position, divided: endOffset < offset ? step.value : undefined };
    }
    endOffset = nextOffset;
  }
  const { damage, position } = step.value;
  if (damage !== undefined) throw new CorruptionError(holder.path, position, damage);
  return { position, divided: undefined };
}

/** A group of the records of another that lie below `offset`, to stand in its place. */
function headOf(
  { header, records }: ScannedGroup,
  end: {
    readonly logId: number;
    readonly offset: LogOffset;
    readonly highWatermark: LogOffset;
  },
): Buffer {
  const { logId, offset, highWatermark } = end;
  const frames = records
    .filter((record) => record.offset < offset)
    .map(({ bytes, start, end: frameEnd }) => bytes.subarray(start, frameEnd));
  const group = Buffer.concat([Buffer.allocUnsafe(groupHeaderBytes), ...frames]);
  writeGroupHeader(group, 0, {
    logId,
    position: header.position,
    // The file is synced before it gets its name.
    syncedUpTo: header.position,
    recordBytes: group.byteLength - groupHeaderBytes,
    nextOffset: offset,
    highWatermark,
  });
  return group;
}

/** Puts a copy of a segment up to `position`, and `head` behind it, into the place of its file. */
async function rewrite(
  { fileSystem, directory }: LogIdentity,
  { file: source, path, baseOffset }: Segment,
  position: BytePosition,
  head: Buffer | undefined,
  offset: LogOffset,
): Promise<FileHandle> {
  const temporary = `${directory}/${temporaryFileName(baseOffset, offset)}`;
  const file = await fileSystem.open(temporary, "create");
  try {
    for (let from = 0; from < position; from += stepBytes) {
      const bytes = Buffer.allocUnsafe(Math.min(stepBytes, position - from));
      const count = await source.read(bytes, from);
      if (count < bytes.byteLength) throw new CorruptionError(path, from + count, "the file ends");
      await writeFully(file, bytes, from);
    }
    if (head !== undefined) await writeFully(file, head, position);
    await file.datasync();
    await fileSystem.rename(temporary, path);
    await fileSystem.syncDirectory(directory);
    await file.close();
    // Under the name that it has from now on.
    return await fileSystem.open(path, "write");
  } catch (error) {
    await file.close();
    throw error;
  }
}
