import { InvalidRecordsError } from "../errors.ts";
import type { Epoch, LogOffset } from "../scalars.ts";

import type { ByteString } from "./byte-string.ts";
import { validFrameEnd } from "./frame.ts";
import { MalformedEnvelopeError } from "./msgpack-cursor.ts";
import { decodeRecord, type DecodedRecord } from "./record.ts";

/** A record in a chunk, and where its frame stands in it. */
export interface ChunkRecord {
  readonly record: DecodedRecord;
  readonly start: number;
  readonly end: number;
}

/** What a chunk must follow on. */
export interface ChunkExpectation {
  /** The end of the log that the chunk is for. */
  readonly firstOffset: LogOffset;
  /** The epoch of the last record before it. */
  readonly lastEpoch: Epoch;
  /** The end of the log after it. */
  readonly nextOffset: LogOffset;
}

/**
 * Decodes records that came from elsewhere. Throws InvalidRecordsError unless every frame is valid,
 * offsets rise within [firstOffset, nextOffset), and epochs do not fall.
 */
export function decodeChunk(bytes: Buffer, expected: ChunkExpectation): readonly ChunkRecord[] {
  const records: ChunkRecord[] = [];
  let least: number = expected.firstOffset;
  let epoch = expected.lastEpoch;
  let collection: ByteString | undefined;
  let start = 0;
  if (expected.nextOffset < least) {
    throw new InvalidRecordsError(
      `records up to offset ${expected.nextOffset} cannot follow a log that ends at ${least}`,
    );
  }
  while (start < bytes.byteLength) {
    const end = validFrameEnd(bytes, start, bytes.byteLength);
    if (end === undefined) {
      throw new InvalidRecordsError(`the record at byte ${start} does not fit its checksum`);
    }
    const record = decode(bytes, start, end, collection);
    ({ collection } = record);
    if (record.offset < least || record.offset >= expected.nextOffset) {
      throw new InvalidRecordsError(
        `offset ${record.offset} is outside of ${least} to ${expected.nextOffset}`,
      );
    }
    if (record.epoch < epoch) {
      throw new InvalidRecordsError(`epoch ${record.epoch} follows epoch ${epoch}`);
    }
    records.push({ record, start, end });
    least = record.offset + 1;
    epoch = record.epoch;
    start = end;
  }
  return records;
}

function decode(
  bytes: Buffer,
  start: number,
  end: number,
  knownCollection: ByteString | undefined,
): DecodedRecord {
  try {
    return decodeRecord(bytes, start, end, knownCollection);
  } catch (error) {
    if (!(error instanceof MalformedEnvelopeError)) throw error;
    throw new InvalidRecordsError(`the frame at byte ${start} is no record: ${error.message}`);
  }
}
