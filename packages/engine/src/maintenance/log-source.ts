import type { OpenDatabase } from "../database/open-database.ts";
import type { FileHandle } from "../filesystem/filesystem.ts";
import type { EpochTable } from "../log/epoch-table.ts";
import type { SegmentName } from "../log/segment-name.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";
import type { DatabaseManifest, MissedRecords } from "../store/manifest.ts";

/** A segment file that is open for reading, and what of it is to be read. */
export interface SegmentSource {
  readonly name: SegmentName;
  readonly path: string;
  readonly file: FileHandle;
  readonly groupsStart: BytePosition;
  /** Where the last group ends. */
  readonly byteSize: BytePosition;
  /** The log's end after the last group. */
  readonly endOffset: LogOffset;
}

/** A log that can be copied, whether its store is open or not. */
export interface LogSource {
  readonly manifest: DatabaseManifest;
  /** In order of offsets; each ends where the next one begins. */
  readonly segments: readonly SegmentSource[];
  readonly epochs: Pick<EpochTable, "startBefore">;
  /** What a copy of it misses as well: see Wholeness. */
  readonly missed: MissedRecords;
}

/**
 * The committed part of an open database's log as it is now. Its files stay open and as they are until
 * it is released, whatever compaction does to their names.
 */
export class HeldLog implements LogSource, Disposable {
  readonly manifest: DatabaseManifest;
  readonly segments: readonly SegmentSource[];
  readonly epochs: Pick<EpochTable, "startBefore">;
  readonly highWatermark: LogOffset;
  readonly missed: MissedRecords;
  readonly #held: readonly Segment[];

  constructor({ manifest, log, highWatermark, wholeness }: OpenDatabase) {
    this.manifest = manifest;
    this.epochs = log.epochs;
    this.highWatermark = highWatermark;
    this.missed = wholeness.missed;
    this.#held = log.segments.slice();
    for (const segment of this.#held) segment.acquire();
    this.segments = this.#held.map(sourceOf);
  }

  [Symbol.dispose](): void {
    for (const segment of this.#held) segment.release();
  }
}

function sourceOf(segment: Segment): SegmentSource {
  const { path, file, groupsStart, byteSize, endOffset, baseOffset, isCompacted } = segment;
  const coveredEnd = isCompacted ? endOffset : undefined;
  return { name: { baseOffset, coveredEnd }, path, file, groupsStart, byteSize, endOffset };
}
