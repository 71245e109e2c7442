import { logOffset, timestampMs, type Epoch } from "@boxerdb/engine";

import { byteStringOf, type ByteString } from "../src/log/byte-string.ts";
import { FrameKind } from "../src/log/frame-kind.ts";
import { MsgpackWriter } from "../src/log/msgpack-cursor.ts";
import { beginRecord, endRecord } from "../src/log/record.ts";
import { encodeValue } from "../src/value/value-encoder.ts";

/** A record as a leader sends it; one without a key begins its epoch. */
export interface SentRecord {
  readonly offset: number;
  readonly epoch: number;
  readonly batchRemaining: number;
  readonly key: string;
  readonly value: string;
  readonly bytes: Buffer;
}

/** Encodes a record of the collection `c`. */
export function sentRecord(
  offset: number,
  epoch: number,
  batchRemaining: number,
  key: string,
  value: string,
): SentRecord {
  const isEpoch = key === "";
  const envelope = {
    kind: isEpoch ? FrameKind.epoch : FrameKind.put,
    offset: logOffset(offset),
    epoch: epoch as Epoch,
    timestamp: timestampMs(1_700_000_000_000 + epoch),
    expires: null,
    batchRemaining,
    collection: isEpoch ? ("" as ByteString) : byteStringOf("c"),
    key: byteStringOf(key),
  };
  const writer = new MsgpackWriter(Buffer.alloc(100));
  const start = beginRecord(writer, envelope);
  encodeValue(writer, isEpoch ? null : value);
  endRecord(writer, start);
  const bytes = writer.bytes.subarray(start, writer.position);
  return { offset, epoch, batchRemaining, key, value, bytes };
}

/** The frames of records, one after the other, as they are sent. */
export const bytesOfRecords = (records: readonly SentRecord[]): Buffer =>
  Buffer.concat(records.map(({ bytes }) => bytes));
