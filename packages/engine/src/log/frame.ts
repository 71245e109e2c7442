/**
 * Everything in a segment file is a frame:
 *
 *     0        4         8
 *     +--------+---------+----------------------+
 *     |  crc   | length  |  payload (msgpack)   |
 *     +--------+---------+----------------------+
 *              |<------ covered by crc -------->|
 *
 * `crc` is CRC-32 (as in zlib), `length` the payload's length in bytes; both unsigned, little-endian.
 * A frame is valid if and only if its whole length is there and the CRC fits.
 */
import { checksumOf } from "./checksum.ts";

/** Bytes before the payload. */
export const frameHeaderBytes = 8;

/** Fills in the header of a frame whose payload stands in `bytes` already, from `start + 8` to `end`. */
export function sealFrame(bytes: Buffer, start: number, end: number): void {
  bytes.writeUInt32LE(end - start - frameHeaderBytes, start + 4);
  bytes.writeUInt32LE(checksumOf(bytes, start + 4, end), start);
}

/** The frame around one payload. */
export function frameOf(payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payload.byteLength);
  bytes.set(payload, frameHeaderBytes);
  sealFrame(bytes, 0, bytes.byteLength);
  return bytes;
}

/** The CRC that the frame at `start` carries. */
export const frameChecksum = (bytes: Buffer, start: number): number => bytes.readUInt32LE(start);

/** The length of the frame at `start`, as its header has it, which is not checked here. */
export const frameLength = (bytes: Buffer, start: number): number =>
  frameHeaderBytes + bytes.readUInt32LE(start + 4);

/** Where the frame that begins at `start` ends, if it is whole and valid; undefined otherwise. */
export function validFrameEnd(bytes: Buffer, start: number, end: number): number | undefined {
  if (start + frameHeaderBytes > end) return undefined;
  const stop = start + frameLength(bytes, start);
  if (stop > end) return undefined;
  return checksumOf(bytes, start + 4, stop) === frameChecksum(bytes, start) ? stop : undefined;
}
