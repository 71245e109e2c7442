import type { FileHandle } from "../filesystem/filesystem.ts";
import { segmentFileName } from "../log/segment-name.ts";
import { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import type { StoredSegment } from "./checkpoint-catalog.ts";

/**
 * Stands for a segment that a checkpoint refers to and that compaction has replaced since, until the
 * index refers to its records where they stand now. Nothing can be read of it.
 */
export function goneSegment({ name, revision, counts }: StoredSegment): Segment {
  const path = segmentFileName(name);
  const segment = new Segment({
    path,
    file: noFile(path),
    baseOffset: name.baseOffset,
    purgeFloor: 0 as LogOffset,
    groupsStart: 0 as BytePosition,
    isCompacted: name.coveredEnd !== undefined,
    revision,
  });
  segment.keys = counts.keys;
  return segment;
}

function noFile(path: string): FileHandle {
  const refuse = (): never => {
    throw new Error(`assertion failed: nothing is read of ${path}, which is gone`);
  };
  return {
    path,
    read: async () => refuse(),
    readSync: refuse,
    write: async () => refuse(),
    writeDurably: async () => refuse(),
    datasync: async () => refuse(),
    truncate: async () => refuse(),
    size: async () => refuse(),
    close: async () => {},
  };
}
