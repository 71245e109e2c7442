import type { ByteString } from "../log/byte-string.ts";
import { maxKeyBytes } from "../names.ts";

// Below this, a loop is faster than a call into Node.js.
const shortKey = 48;

/**
 * The bytes of one key after the other, outside of pages: a key that is looked for, or one that is put
 * together from its parts. Exists so that searching allocates nothing.
 */
export class KeyBytes {
  // Four zeros follow the key, so that a head can be read wherever it begins.
  readonly bytes = Buffer.alloc(maxKeyBytes + 4);
  length = 0;

  load(key: ByteString): this {
    const { length } = key;
    if (length > maxKeyBytes) throw new Error(`assertion failed: a key of ${length} bytes`);
    if (length < shortKey) {
      for (let at = 0; at < length; at++) this.bytes[at] = key.charCodeAt(at);
    } else {
      this.bytes.write(key, 0, length, "latin1");
    }
    this.end(length);
    return this;
  }

  /** Takes the first `length` bytes of another key. */
  copy(key: KeyBytes, length: number): void {
    this.bytes.set(key.bytes.subarray(0, length));
    this.end(length);
  }

  /** Says where the key ends whose bytes were written before. */
  end(length: number): void {
    this.length = length;
    this.bytes[length] = 0;
    this.bytes[length + 1] = 0;
    this.bytes[length + 2] = 0;
    this.bytes[length + 3] = 0;
  }

  /** The four bytes from `from` on as a big-endian number, with zeros behind the key's end. */
  headAt(from: number): number {
    return headAt(this.bytes, from);
  }

  toByteString(): ByteString {
    return this.bytes.toString("latin1", 0, this.length) as ByteString;
  }
}

/** Four bytes as a big-endian number: compares as they do. */
export const headAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;
