/**
 * How the segments that are found at open are taken in beside a checkpoint: which of them are known and
 * need not be read. A pure decision over names, sizes and headers; the table in FORMAT.md is about it.
 */
import { segmentFileName, type SegmentName } from "../log/segment-name.ts";
import type { LogOffset } from "../scalars.ts";

import { CheckpointDoubt } from "./checkpoint-doubt.ts";

/** What a checkpoint knows of a segment (see StoredSegment). */
export interface KnownSegment {
  readonly name: SegmentName;
  readonly revision: number;
  readonly fileBytes: number;
  readonly byteSize: number;
  readonly endOffset: LogOffset;
}

/** A segment in force. */
export interface FoundSegment {
  readonly name: SegmentName;
  /** Undefined where it has no valid header. */
  readonly revision: number | undefined;
  /** The length of its file. */
  readonly fileBytes: number;
}

/** How one segment is taken in. The numbers are places in the checkpoint's list. */
export type SegmentIntake =
  /** Written after the checkpoint: read, and all records applied. */
  | { readonly action: "read" }
  /** As it was: not read. */
  | { readonly action: "know"; readonly known: number }
  /** The tail: read on from where the checkpoint knows it. */
  | { readonly action: "continue"; readonly known: number }
  /**
   * Compaction has put it in the place of segments that the checkpoint refers to: read, records below
   * the checkpoint's offset moved, later ones applied. `known` where the checkpoint knows it too, as it
   * was written while compaction moved the index there.
   */
  | {
      readonly action: "move";
      readonly gone: readonly number[];
      readonly known: number | undefined;
    };

/**
 * How each of `found`, the segments in force in their order, is taken in. Throws CheckpointDoubt unless
 * every segment that the checkpoint knows is there as it was, or is covered by one that replaced it.
 */
export function decideIntake(
  known: readonly KnownSegment[],
  tail: number,
  found: readonly FoundSegment[],
): SegmentIntake[] {
  const missing = new Set(known.keys());
  const take = (index: number): void => {
    missing.delete(index);
  };
  const intakes = found.map((segment): SegmentIntake => {
    const same = known.findIndex((other) => isSame(other, segment));
    const gone = [...known.keys()].filter(
      (index) => index !== same && covers(segment.name, known[index]),
    );
    if (gone.length > 0) {
      if (segment.revision === undefined) {
        throw new CheckpointDoubt(`${segmentFileName(segment.name)} has no valid header`);
      }
      gone.forEach(take);
      if (same >= 0) take(same);
      return { action: "move", gone, known: same < 0 ? undefined : same };
    }
    const other = known[same];
    if (other === undefined) return intakeOfUnknown(segment, known[tail]);
    take(same);
    const isTail = same === tail;
    if (isTail ? segment.fileBytes < other.byteSize : segment.fileBytes !== other.fileBytes) {
      throw new CheckpointDoubt(`${segmentFileName(segment.name)} has another size`);
    }
    return isTail ? { action: "continue", known: same } : { action: "know", known: same };
  });
  const [first] = missing;
  const name = first === undefined ? undefined : known[first]?.name;
  if (name !== undefined) throw new CheckpointDoubt(`${segmentFileName(name)} is missing`);
  return intakes;
}

function intakeOfUnknown(segment: FoundSegment, tail: KnownSegment | undefined): SegmentIntake {
  if (tail === undefined || segment.name.baseOffset <= tail.name.baseOffset) {
    throw new CheckpointDoubt(`${segmentFileName(segment.name)} is not the file that it knows`);
  }
  return { action: "read" };
}

const isSame = (known: KnownSegment, found: FoundSegment): boolean =>
  known.name.baseOffset === found.name.baseOffset &&
  known.name.coveredEnd === found.name.coveredEnd &&
  known.revision === found.revision;

/** Whether a compacted segment stands in the place of all that is known of another one. */
const covers = (name: SegmentName, known: KnownSegment | undefined): boolean =>
  known !== undefined &&
  name.coveredEnd !== undefined &&
  name.baseOffset <= known.name.baseOffset &&
  known.endOffset <= name.coveredEnd &&
  known.name.baseOffset < name.coveredEnd;
