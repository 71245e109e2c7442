/**
 * What to do with the end of a log when it is opened. A pure decision, so that the table in
 * FORMAT.md and the test that enumerates it are about the very code that runs.
 *
 * The question is always the same: were the bytes that are not valid ever promised to be durable?
 * Nobody was told that a group is durable before it was synced, and every group tells how far the
 * file was synced when it was written. So bytes that no valid group vouches for are a write that a
 * crash cut short, and may be cut off; all others are damage, and must not be.
 */
import type { BytePosition } from "../scalars.ts";

/** What was found in one segment file. */
export interface SegmentFindings {
  /** The last one of the log, to which groups were being appended. */
  readonly isActive: boolean;
  /** Its header is whole, fits its CRC, and says what the file's name says. */
  readonly headerValid: boolean;
  /** Where the first byte stands that is not valid; undefined where all are. */
  readonly damagePosition: BytePosition | undefined;
  /** The greatest `syncedUpTo` of all valid group headers before or after that byte; 0 for none. */
  readonly syncedUpTo: number;
  /**
   * Where bytes are missing that are known to have been durable: by the note beside the log of how far
   * it reached, or because compaction left values out of another segment for newer ones in them, so
   * that both would be gone. Undefined where none are, as in all segments but the active one.
   */
  readonly missingFrom?: BytePosition | undefined;
}

export type RecoveryDecision =
  /** All is as written. */
  | { readonly action: "keep" }
  /** A crash cut the last write short: cut the file here. */
  | { readonly action: "cut"; readonly position: BytePosition }
  /** A crash came between the creation of the file and its first group: make it anew. */
  | { readonly action: "recreate" }
  /** Bytes that were durable are not what they were: refuse. */
  | { readonly action: "refuse"; readonly position: BytePosition };

export function decideRecovery(findings: SegmentFindings): RecoveryDecision {
  const { isActive, headerValid, damagePosition, syncedUpTo, missingFrom } = findings;
  if (missingFrom !== undefined) return { action: "refuse", position: missingFrom };
  if (!headerValid) {
    // The header is synced before any group is written, so a valid group means that it was durable.
    const neverUsed = isActive && syncedUpTo === 0;
    return neverUsed ? { action: "recreate" } : { action: "refuse", position: 0 as BytePosition };
  }
  if (damagePosition === undefined) return { action: "keep" };
  const torn = isActive && syncedUpTo <= damagePosition;
  return torn
    ? { action: "cut", position: damagePosition }
    : { action: "refuse", position: damagePosition };
}
