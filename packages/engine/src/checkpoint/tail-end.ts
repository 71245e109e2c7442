import { crc32 } from "node:zlib";

import { CorruptionError } from "../errors.ts";
import type { FileHandle } from "../filesystem/filesystem.ts";
import { scanGroups } from "../log/segment-scanner.ts";
import type { Place, Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

/** How many bytes before the end of what a checkpoint covers tell that the log is the one it is of. */
const checkedBytes = 4096;

/**
 * Where reading must begin in a segment so as to meet all records from `offset` on, and nothing that
 * need not be met: behind the group that reaches to `offset`, or before the one that it lies in.
 */
export async function findTailEnd(
  segment: Segment,
  logId: number,
  offset: LogOffset,
  size: BytePosition,
): Promise<Place> {
  let place = segment.placeOf(offset);
  const groups = scanGroups(segment.file, logId, place.position, place.offset, size);
  while (place.offset < offset) {
    const step = await groups.next();
    if (step.done === true) {
      const { position, damage = "the segment ends too early" } = step.value;
      throw new CorruptionError(segment.path, position, damage);
    }
    const { header, endPosition } = step.value;
    if (header.nextOffset > offset) break;
    place = { offset: header.nextOffset, position: endPosition };
  }
  return place;
}

/** The CRC of the last bytes of a segment's file before `end`: no other log has the same there. */
export async function tailChecksum(file: FileHandle, end: BytePosition): Promise<number> {
  const start = Math.max(0, end - checkedBytes);
  const bytes = Buffer.alloc(end - start);
  return crc32(bytes.subarray(0, await file.read(bytes, start)));
}
