/** Records on a slow way between nodes: compressed by zstd, whole answers at a time. */
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** As HTTP calls it, in `accept-encoding` and `content-encoding`. */
export const recordEncoding = "zstd";

/**
 * What is shorter is not compressed: a write may wait for it, and calls to other threads would take as
 * long as is saved.
 */
export const compressedBytesAtLeast = 32 << 10;

/** A pull may bring more than it asks for, as batches are whole; by so much at most where it is compressed. */
const excessBytesAtMost = 16 << 20;

/** No answer to a pull that asks for `maxBytes` is compressed that has more bytes of records than that. */
export const decodedBytesAtMost = (maxBytes: number): number => maxBytes + excessBytesAtMost;

/** Frames that need a larger window, 8 MiB, are refused: decoding them would take so much memory. */
const windowLogAtMost = 23;

/** How much the codec is given at once. By Node.js's own 16 KiB, decoding takes three times as long. */
const chunkBytes = 1 << 20;

/**
 * Of 4 MiB of records, small documents and package descriptions, level 1 makes 3.0 to 6.2 times less by 340
 * to 660 MB/s; level 3 makes 3.2 to 6.3 times less by 210 to 400. Decoding goes by 800 to 950 MB/s.
 */
const encoderOptions = {
  chunkSize: chunkBytes,
  params: {
    [constants.ZSTD_c_compressionLevel]: 1,
    // Records have checksums of their own, but a gap between them would look like one of compaction's.
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** Whether a header `accept-encoding` asks for compressed records. */
export const asksForCompression = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding?.split(",").some((encoding) => encoding.trim() === recordEncoding) ?? false;

/**
 * The records of an answer to a pull that asks for `maxBytes`, compressed; undefined where they are better
 * sent as they are.
 */
export async function compressedRecords(
  bytes: Buffer,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const { byteLength } = bytes;
  if (byteLength < compressedBytesAtLeast || byteLength > decodedBytesAtMost(maxBytes)) {
    return undefined;
  }
  const compressed = await compress(bytes, encoderOptions);
  return compressed.byteLength < byteLength ? compressed : undefined;
}

/**
 * Undoes `compressedRecords`. Rejects where the bytes are damaged or cut short, or would become more than
 * such an answer may have, of which no more is made.
 */
export const decompressedRecords = (
  bytes: Uint8Array,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> =>
  decompress(bytes, {
    chunkSize: chunkBytes,
    maxOutputLength: decodedBytesAtMost(maxBytes),
    params: { [constants.ZSTD_d_windowLogMax]: windowLogAtMost },
  });
