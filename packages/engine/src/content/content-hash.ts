/**
 * The content of a database as hashes: what nodes that copy each other compare without sending it all.
 *
 * The hash of records is the SHA-256 of their bytes in the order of collections and keys, for each
 *
 *     offset (8 bytes) | expiry + 1, or 0 for never (8 bytes) | collection | key | value (msgpack, as stored)
 *
 * so that it tells the same of the same documents, wherever in the files they stand: it knows nothing of
 * segments, garbage, checkpoints or compaction. Numbers are unsigned and big-endian.
 */
import { createHash, type Hash } from "node:crypto";

import type { FoundBytes } from "../log/block-cache.ts";
import type { RecordHead } from "../log/record.ts";

const headBytes = 16;

/** Calls of the hash function cost more than short records do: so many bytes are gathered for one. */
const stagedBytesAtMost = 64 << 10;

/** Hashes records that follow on each other. */
export class ContentHash {
  readonly #staged = Buffer.allocUnsafe(stagedBytesAtMost);
  #filled = 0;
  #hash: Hash = createHash("sha256");

  /** Takes a record in, whose collection, key and value stand in `found` from `start` to `end`. */
  add({ offset, expires }: RecordHead, { bytes }: FoundBytes, start: number, end: number): void {
    const length = end - start;
    if (this.#filled + headBytes + length > stagedBytesAtMost) this.#flush();
    const at = this.#filled;
    writeWhole(this.#staged, offset, at);
    writeWhole(this.#staged, expires === null ? 0 : expires + 1, at + 8);
    this.#filled = at + headBytes;
    if (headBytes + length > stagedBytesAtMost) {
      this.#flush();
      this.#hash.update(bytes.subarray(start, end));
      return;
    }
    bytes.copy(this.#staged, this.#filled, start, end);
    this.#filled += length;
  }

  /** The hash of all that came since the last call, in hexadecimal digits. */
  take(): string {
    this.#flush();
    const digest = this.#hash.digest("hex");
    this.#hash = createHash("sha256");
    return digest;
  }

  #flush(): void {
    if (this.#filled > 0) this.#hash.update(this.#staged.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

/** Writes a whole number of up to 53 bits into eight bytes, without a BigInt for each. */
function writeWhole(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeUInt32BE(value % 2 ** 32, at + 4);
}
