import type { CheckpointStatus } from "../checkpoint/checkpointer.ts";
import type { CompactionStatus } from "../compaction/compaction-statistics.ts";
import type { KeyspaceReader } from "../index/keyspace.ts";
import { textOf } from "../log/byte-string.ts";
import { isSystemCollection } from "../names.ts";
import type { Epoch, LogOffset, TimestampMs } from "../scalars.ts";

import type { OpenDatabase } from "./open-database.ts";

/** What a segment holds. */
export interface SegmentStatus {
  readonly baseOffset: LogOffset;
  /** Exclusive. */
  readonly endOffset: LogOffset;
  /** The length of the file, in bytes. */
  readonly bytes: number;
  /** Bytes of committed records: of all, of those that must stay, and of the others. */
  readonly recordBytes: number;
  readonly liveBytes: number;
  readonly deadBytes: number;
  /** Of the live ones: tombstones, and values that expire some time. Both go when compaction may drop them. */
  readonly tombstoneBytes: number;
  readonly expiringBytes: number;
  /** Of the expiring ones, what is known to have expired by now, which may be a little less than it is. */
  readonly expiredBytes: number;
  readonly sealed: boolean;
  readonly compacted: boolean;
}

/** A database at a glance. Sizes in bytes. */
export interface DatabaseStatus {
  readonly name: string;
  readonly id: string;
  /** In the collections that users have. */
  readonly keys: number;
  readonly bytes: number;
  readonly endOffset: LogOffset;
  /** All records below it are as durable here as their writers asked for. */
  readonly syncedOffset: LogOffset;
  readonly highWatermark: LogOffset;
  /** All records below it are applied to the index: the high watermark. */
  readonly appliedOffset: LogOffset;
  /** Below this high watermark it shows no state that its leader was in; see Database.isWhole. */
  readonly wholeFrom: LogOffset;
  readonly epoch: Epoch;
  readonly purgeFloor: LogOffset;
  readonly inFlightBytes: number;
  readonly segments: readonly SegmentStatus[];
  readonly compaction: CompactionStatus;
  readonly checkpoint: CheckpointStatus;
  /** Memory that the index holds, in bytes. */
  readonly indexBytes: number;
  /** Snapshots, iterations and checkpoints under way: each keeps what it reads from being freed. */
  readonly openSnapshots: number;
  /** Change feeds that are being read. */
  readonly openFeeds: number;
  /** Why writes are refused; undefined as long as they are not. */
  readonly poisoned: { readonly code: string; readonly message: string } | undefined;
}

/** The collections that users have, by name, with how many keys. */
export function collectionsOf(
  keyspace: KeyspaceReader,
): readonly { readonly name: string; readonly keys: number }[] {
  return keyspace
    .collectionNames()
    .filter((name) => !isSystemCollection(name))
    .map((name) => ({ name: textOf(name), keys: keyspace.collection(name)?.size ?? 0 }));
}

/** What is known of an open database at `now`. */
export function statusOf(database: OpenDatabase, now: TimestampMs): DatabaseStatus {
  const { log, manifest, highWatermark, failure } = database;
  return {
    name: manifest.name,
    id: manifest.id,
    keys: collectionsOf(database.keyspace).reduce((sum, { keys }) => sum + keys, 0),
    bytes: log.segments.reduce((sum, segment) => sum + segment.byteSize, 0),
    endOffset: log.endOffset,
    syncedOffset: log.acceptedOffset,
    highWatermark,
    appliedOffset: highWatermark,
    wholeFrom: database.wholeness.from,
    epoch: log.epochs.last,
    purgeFloor: log.purgeFloor,
    inFlightBytes: database.inFlightBytes,
    segments: log.segments.map((segment) => ({
      baseOffset: segment.baseOffset,
      endOffset: segment.endOffset,
      bytes: segment.byteSize,
      recordBytes: segment.recordBytes,
      liveBytes: segment.liveBytes,
      deadBytes: segment.recordBytes - segment.liveBytes,
      tombstoneBytes: segment.tombstoneBytes,
      expiringBytes: segment.expiries.totalBytes + segment.noteExpiries.totalBytes,
      expiredBytes: segment.expiries.expiredBytes(now) + segment.noteExpiries.expiredBytes(now),
      sealed: segment !== log.active,
      compacted: segment.isCompacted,
    })),
    compaction: database.compactor.status,
    checkpoint: database.checkpointer.status,
    indexBytes: database.keyspace.byteLength,
    openSnapshots: database.keyspace.snapshots,
    openFeeds: database.openFeeds,
    poisoned: failure && { code: failure.code, message: failure.message },
  };
}
