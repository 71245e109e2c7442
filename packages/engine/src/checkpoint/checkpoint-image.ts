import type { Keyspace, KeyspaceImage } from "../index/keyspace.ts";
import type { EpochStart } from "../log/epoch-table.ts";
import type { ScheduledBytes } from "../log/expiry-schedule.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import type { SegmentCounts } from "./checkpoint-catalog.ts";

/** How far a database was applied at one moment. */
export interface AppliedState {
  /** All records below it are in the index, and no other. */
  readonly offset: LogOffset;
  readonly highWatermark: LogOffset;
}

/** A segment as it was then. */
export interface SegmentImage {
  readonly segment: Segment;
  readonly byteSize: BytePosition;
  readonly endOffset: LogOffset;
  readonly counts: SegmentCounts;
  readonly expiries: ScheduledBytes;
  readonly noteExpiries: ScheduledBytes;
}

/**
 * All that a checkpoint is written from, as it was at one moment. Taking it costs next to nothing;
 * pages are copied when they change, and segments stay open, until it is released.
 */
export interface CheckpointImage extends AppliedState {
  readonly segments: readonly SegmentImage[];
  /** Which of the segments holds `offset`. */
  readonly tail: number;
  readonly epochs: readonly EpochStart[];
  readonly keyspace: KeyspaceImage;
  release(): void;
}

/** Takes an image of a database as it is now. */
export function takeImage(log: Log, keyspace: Keyspace, applied: AppliedState): CheckpointImage {
  const { offset } = applied;
  // Later segments hold nothing yet that is in the index. One that is about to replace others may.
  const segments = log.readableSegments.filter(({ baseOffset }) => baseOffset <= offset);
  const tail = log.segments.findLastIndex(({ baseOffset }) => baseOffset <= offset);
  for (const segment of segments) segment.acquire();
  const image = keyspace.image();
  return {
    ...applied,
    segments: segments.map((segment) => ({
      segment,
      byteSize: segment.byteSize,
      endOffset: segment.endOffset,
      counts: countsOf(segment),
      expiries: segment.expiries.content,
      noteExpiries: segment.noteExpiries.content,
    })),
    tail,
    epochs: log.epochs.starts.filter(({ startOffset }) => startOffset < offset),
    keyspace: image,
    release: () => {
      image.pages.release();
      for (const segment of segments) segment.release();
    },
  };
}

function countsOf(segment: Segment): SegmentCounts {
  const { recordBytes, liveBytes, tombstoneBytes, staleSince, keys } = segment;
  return { recordBytes, liveBytes, tombstoneBytes, staleSince, keys };
}
