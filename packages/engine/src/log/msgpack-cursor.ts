/**
 * Reads and writes the few msgpack types of which the envelopes of frames are made, in place. Values
 * go through msgpackr; the envelope is done by hand so that a record's position and key are known
 * without decoding its value, and so that writing makes no objects.
 *
 * Source of the byte layouts: the msgpack specification, https://github.com/msgpack/msgpack/blob/master/spec.md
 */
import type { ByteString } from "./byte-string.ts";

/** Thrown on bytes that are not what an envelope holds; callers turn it into a CorruptionError. */
export class MalformedEnvelopeError extends Error {
  override readonly name = "MalformedEnvelopeError";
}

const highWord = 0x1_0000_0000;

/** Writes msgpack into a buffer that has room. */
export class MsgpackWriter {
  bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  /** An array header for at most 15 items. */
  arrayHeader(items: number): void {
    this.bytes[this.position++] = 0x90 | items;
  }

  nil(): void {
    this.bytes[this.position++] = 0xc0;
  }

  /** An unsigned integer in its shortest form. */
  uint(value: number): void {
    const { bytes } = this;
    if (value < 0x80) {
      bytes[this.position++] = value;
    } else if (value < 0x100) {
      bytes[this.position++] = 0xcc;
      bytes[this.position++] = value;
    } else if (value < 0x1_0000) {
      bytes[this.position++] = 0xcd;
      this.position = bytes.writeUInt16BE(value, this.position);
    } else if (value < highWord) {
      this.uint32(value);
    } else {
      this.uint64(value);
    }
  }

  /** An unsigned integer in five bytes, whatever its size. */
  uint32(value: number): void {
    this.bytes[this.position] = 0xce;
    this.position = this.bytes.writeUInt32BE(value, this.position + 1);
  }

  /** An unsigned integer in nine bytes, whatever its size. */
  uint64(value: number): void {
    this.bytes[this.position] = 0xcf;
    this.bytes.writeUInt32BE(Math.floor(value / highWord), this.position + 1);
    this.position = this.bytes.writeUInt32BE(value % highWord, this.position + 5);
  }

  /** A string of at most 65,535 bytes, given as its UTF-8 bytes. */
  byteString(value: ByteString): void {
    const length = value.length;
    if (length < 32) {
      this.bytes[this.position++] = 0xa0 | length;
    } else if (length < 0x100) {
      this.bytes[this.position++] = 0xd9;
      this.bytes[this.position++] = length;
    } else {
      this.bytes[this.position] = 0xda;
      this.position = this.bytes.writeUInt16BE(length, this.position + 1);
    }
    this.position += this.bytes.write(value, this.position, "latin1");
  }

  /** Bytes that are msgpack already. */
  raw(value: Uint8Array): void {
    this.bytes.set(value, this.position);
    this.position += value.byteLength;
  }
}

/** Reads msgpack from `position` to `end`; every method throws MalformedEnvelopeError on other types. */
export class MsgpackReader {
  readonly bytes: Buffer;
  readonly end: number;
  position: number;

  constructor(bytes: Buffer, position: number, end: number) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Asserts an array header for exactly `items` items, at most 15. */
  arrayHeader(items: number): void {
    if (this.#byte() !== (0x90 | items)) throw this.#malformed(`an array of ${items}`);
  }

  /** An unsigned integer of at most 53 bits. */
  uint(): number {
    const tag = this.#byte();
    if (tag < 0x80) return tag;
    switch (tag) {
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.bytes.readUInt16BE(this.#take(2));
      case 0xce:
        return this.bytes.readUInt32BE(this.#take(4));
      case 0xcf: {
        const start = this.#take(8);
        const value =
          this.bytes.readUInt32BE(start) * highWord + this.bytes.readUInt32BE(start + 4);
        if (!Number.isSafeInteger(value)) throw this.#malformed("an integer below 2^53");
        return value;
      }
      default:
        throw this.#malformed("an unsigned integer");
    }
  }

  /** An unsigned integer, or null for nil. */
  uintOrNil(): number | null {
    if (this.bytes[this.position] === 0xc0 && this.position < this.end) {
      this.position++;
      return null;
    }
    return this.uint();
  }

  /** The bytes of a string as Latin-1: one character a byte, so that comparing compares bytes. */
  byteString(): ByteString {
    const length = this.#stringLength();
    const start = this.#take(length);
    return this.bytes.toString("latin1", start, start + length) as ByteString;
  }

  #stringLength(): number {
    const tag = this.#byte();
    if (tag >= 0xa0 && tag < 0xc0) return tag & 0x1f;
    if (tag === 0xd9) return this.#byte();
    if (tag === 0xda) return this.bytes.readUInt16BE(this.#take(2));
    throw this.#malformed("a string");
  }

  #byte(): number {
    return this.bytes.readUInt8(this.#take(1));
  }

  #take(count: number): number {
    const start = this.position;
    if (start + count > this.end) throw this.#malformed("more bytes");
    this.position = start + count;
    return start;
  }

  #malformed(expected: string): MalformedEnvelopeError {
    return new MalformedEnvelopeError(`expected ${expected} at byte ${this.position}`);
  }
}
