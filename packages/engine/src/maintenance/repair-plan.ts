import type { LogOffset } from "../scalars.ts";

/** Offsets from `from` up to `to`, exclusive. */
export interface OffsetRange {
  readonly from: LogOffset;
  readonly to: LogOffset;
}

/** Bytes of a file that are not as written. */
export interface DamagedRange {
  readonly position: number;
  readonly bytes: number;
  readonly reason: string;
}

/** A record that is left out although it is as written. */
export interface DroppedRecord {
  readonly offset: LogOffset;
  readonly kind: "put" | "delete" | "epoch";
  readonly collection: string;
  readonly key: string;
}

/**
 * A key whose newest record is lost or left out, as far as can be known. A lost record may have been one
 * of any key: only those are here whose record can be told, or guessed by its damaged bytes.
 */
export interface AffectedKey {
  readonly collection: string;
  readonly key: string;
  /** The offset of the record that goes. */
  readonly offset: LogOffset;
  /** The record is as written, or damaged, so that this may be wrong. */
  readonly isCertain: boolean;
  /** The offset of the value that the key has after the repair: an older one; null for none. */
  readonly valueOffset: LogOffset | null;
}

/** What repair does to one segment file. */
export interface FileRepair {
  readonly path: string;
  /** It is damaged or is the last one, which gets a new end; or it is missing. */
  readonly action: "rewrite" | "create";
  readonly damage: readonly DamagedRange[];
  /** Records that it has afterwards, and those among them that stood in damaged groups. */
  readonly records: number;
  readonly salvaged: number;
  /** Bytes at its end that opening the store would cut off too: a write that a crash cut short. */
  readonly cutBytes: number;
}

/** What repair does to one database. */
export interface DatabaseRepair {
  readonly name: string;
  readonly directory: string;
  readonly files: readonly FileRepair[];
  /** Offsets of which all records are lost, at most: compaction may have left out some before. */
  readonly lost: readonly OffsetRange[];
  /** Records of batches of which others are lost: a batch is all or nothing. */
  readonly dropped: readonly DroppedRecord[];
  readonly affectedKeys: readonly AffectedKey[];
  /**
   * Where the log ends afterwards, but for the record that begins a new reign: nowhere before what is
   * known to have been durable. Of a store that was not closed, nobody can say whether there was more.
   */
  readonly endOffset: LogOffset;
}

/**
 * Exactly what a repair would do. Nothing else is lost than `lost` and `dropped` say. A plain object,
 * that can be shown, kept as JSON, and handed to `repair`.
 */
export interface RepairPlan {
  readonly directory: string;
  /** Whether there is anything to repair. */
  readonly isNeeded: boolean;
  /** Small files that are damaged or missing: made anew, as what they say follows from the others. */
  readonly manifests: readonly string[];
  /** The databases that have damage. */
  readonly databases: readonly DatabaseRepair[];
}
