import type { FileHandle } from "../filesystem/filesystem.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import { FileWindow } from "./file-window.ts";
import { validFrameEnd } from "./frame.ts";
import { groupHeaderBytes, readGroupHeader } from "./group-header.ts";
import { decodeHead } from "./record.ts";
import type { ScanEnd } from "./segment-scanner.ts";
import type { Place } from "./segment.ts";

/** How much of a file is read at once. */
const windowBytes = 1 << 20;

/** Records of one group, as they stand in the file. */
export interface RawGroup {
  readonly records: Buffer;
  readonly nextOffset: LogOffset;
}

/**
 * Yields the records from `from` on of the groups that end behind it, from `place` to byte `size`;
 * returns why it ended. For copying: every checksum is looked at, and nothing is decoded that is not
 * needed, which takes a fifth of the time of a scan. Who copies sees whether offsets are in order.
 */
export async function* readRawGroups(
  file: FileHandle,
  logId: number,
  place: Place,
  from: LogOffset,
  size: number,
): AsyncGenerator<RawGroup, ScanEnd> {
  const window = new FileWindow(file, Math.min(windowBytes, size - place.position));
  let position: number = place.position;
  let startOffset = place.offset;
  while (position < size) {
    const ended = (damage: string): ScanEnd => ({ position: position as BytePosition, damage });
    const head = await window.at(position, groupHeaderBytes);
    const header = readGroupHeader(head.bytes, head.start, head.bytes.byteLength, logId, position);
    if (header === undefined) return ended("no valid group begins here");
    const groupBytes = groupHeaderBytes + header.recordBytes;
    if (position + groupBytes > size) return ended("the file ends within a group");
    if (header.nextOffset > from) {
      const { bytes, start } = await window.at(position, groupBytes);
      const group = bytes.subarray(start + groupHeaderBytes, start + groupBytes);
      const { first, damagedAt } = checkFrames(group, startOffset < from ? from : undefined);
      if (damagedAt !== undefined) {
        const at = position + groupHeaderBytes + damagedAt;
        return ended(`the record at byte ${at} does not fit its checksum`);
      }
      yield { records: group.subarray(first), nextOffset: header.nextOffset };
    }
    position += groupBytes;
    startOffset = header.nextOffset;
  }
  return { position: position as BytePosition, damage: undefined };
}

/** Where the first record from `from` on begins, or the first one at all; where one is damaged instead. */
function checkFrames(
  group: Buffer,
  from: LogOffset | undefined,
): { readonly first: number; readonly damagedAt?: number } {
  let first = from === undefined ? 0 : undefined;
  for (let at = 0; at < group.byteLength;) {
    const end = validFrameEnd(group, at, group.byteLength);
    if (end === undefined) return { first: at, damagedAt: at };
    if (first === undefined && from !== undefined && decodeHead(group, at, end).offset >= from) {
      first = at;
    }
    at = end;
  }
  return { first: first ?? group.byteLength };
}
