/** What a checkpoint says beside the pages of the index. */
import type { TreeShape } from "../index/packed-btree.ts";
import type { ByteString } from "../log/byte-string.ts";
import type { EpochStart } from "../log/epoch-table.ts";
import type { ScheduledBytes } from "../log/expiry-schedule.ts";
import type { SegmentName } from "../log/segment-name.ts";
import type { Place, UnusualRecord } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

/** The first frame of a checkpoint. */
export interface CheckpointHead {
  readonly databaseId: string;
  /** See GroupHeader. */
  readonly logId: number;
  /** All records below it are in the index, and no other. */
  readonly offset: LogOffset;
  // Invariant: offset ≤ highWatermark ≤ the end of the log. They differ within a batch only.
  readonly highWatermark: LogOffset;
  /** Which of the segments holds `offset`, so that the log is read on in it. */
  readonly tail: number;
  /** The CRC of the last bytes of that segment before its `byteSize`. */
  readonly tailChecksum: number;
  readonly pageCount: number;
}

/** What a segment held, and what the database counts of it, at the checkpoint's offset. */
export interface StoredSegment {
  readonly name: SegmentName;
  /** See SegmentHeader. */
  readonly revision: number;
  /** The number that pages have for it; undefined where none refers to it. */
  readonly number: number | undefined;
  /** The length of the file; in the tail, which may have grown since, at least as much. */
  readonly fileBytes: number;
  /** Groups before it need not be read: all of them, in the tail those before the checkpoint's offset. */
  readonly byteSize: BytePosition;
  /** The end of the log after those groups. */
  readonly endOffset: LogOffset;
  readonly counts: SegmentCounts;
  /** When its records expire: see ExpirySchedule. */
  readonly expiries: ScheduledBytes;
  readonly noteExpiries: ScheduledBytes;
  readonly places: readonly Place[];
}

/** See the fields of the same names in Segment. Of records below the checkpoint's offset only. */
export interface SegmentCounts {
  readonly recordBytes: number;
  readonly liveBytes: number;
  readonly tombstoneBytes: number;
  readonly staleSince: LogOffset | undefined;
  readonly keys: number;
}

/** Some of the records of one segment that the index has no room for. */
export interface UnusualRecords {
  /** The segment, by its place in the checkpoint. */
  readonly segment: number;
  readonly records: readonly (readonly [BytePosition, UnusualRecord])[];
}

/** Where the tree of a collection stands in the pages. */
export type StoredCollection = { readonly name: ByteString } & TreeShape;

/** All of a checkpoint but its pages. */
export interface CheckpointCatalog {
  readonly head: CheckpointHead;
  readonly segments: readonly StoredSegment[];
  readonly unusualRecords: readonly UnusualRecords[];
  readonly epochs: readonly EpochStart[];
  readonly collections: readonly StoredCollection[];
  readonly freePages: Uint32Array;
}
