/**
 * The first frame of every segment file:
 *
 *     [kind, "BoxerDB", formatVersion, databaseId, logId, baseOffset, coveredEnd, purgeFloor, revision]
 */
import { Packr, Unpackr } from "msgpackr";

import { FormatError } from "../errors.ts";
import type { LogOffset } from "../scalars.ts";

import { FrameKind, formatVersion } from "./frame-kind.ts";
import { frameHeaderBytes, frameOf } from "./frame.ts";

export interface SegmentHeader {
  /** The database whose log this is; the same on every replica. */
  readonly databaseId: string;
  /** This copy of the log (see GroupHeader). */
  readonly logId: number;
  readonly baseOffset: LogOffset;
  /** As in the file's name: set in a compacted segment only. */
  readonly coveredEnd: LogOffset | undefined;
  /** Compaction has dropped tombstones below this offset, here or in segments that this one replaced. */
  readonly purgeFloor: LogOffset;
  /**
   * How often compaction has written these records: one more than the greatest among the segments that
   * this one replaced, 0 where it was appended to. What tells two files apart that had the same name.
   */
  readonly revision: number;
}

const magic = "BoxerDB";
const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  return frameOf(
    packr.pack([
      FrameKind.segment,
      magic,
      formatVersion,
      header.databaseId,
      header.logId,
      header.baseOffset,
      header.coveredEnd ?? null,
      header.purgeFloor,
      header.revision,
    ]),
  );
}

/**
 * Decodes the header in the valid frame from `start` to `end`; undefined where it is something else.
 * Throws FormatError where it is a header of a version that this one cannot read.
 */
export function decodeSegmentHeader(
  bytes: Buffer,
  start: number,
  end: number,
): SegmentHeader | undefined {
  let items: unknown;
  try {
    items = unpackr.unpack(bytes.subarray(start + frameHeaderBytes, end));
  } catch {
    return undefined; // The CRC fits, so this is a frame of another kind, which is what we report.
  }
  if (!Array.isArray(items) || items[0] !== FrameKind.segment || items[1] !== magic) {
    return undefined;
  }
  const [
    ,
    ,
    version,
    databaseId,
    logId,
    baseOffset,
    coveredEnd,
    purgeFloor,
    revision = 0,
  ]: unknown[] = items;
  if (version !== formatVersion) {
    throw new FormatError(
      "FORMAT_UNSUPPORTED",
      `the log has format ${String(version)}, this version of BoxerDB reads format ` +
        `${formatVersion}: use a version of BoxerDB that wrote it`,
    );
  }
  if (
    typeof databaseId !== "string" ||
    typeof logId !== "number" ||
    typeof baseOffset !== "number" ||
    typeof purgeFloor !== "number" ||
    typeof revision !== "number" ||
    (coveredEnd !== null && typeof coveredEnd !== "number")
  ) {
    return undefined;
  }
  return {
    databaseId,
    logId,
    baseOffset: baseOffset as LogOffset,
    coveredEnd: (coveredEnd ?? undefined) as LogOffset | undefined,
    purgeFloor: purgeFloor as LogOffset,
    revision,
  };
}
