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

// Up to so many, copying characters one by one takes less time than a call out of JavaScript.
const charactersByHand = 40;

/** Writes msgpack, into a buffer that grows where `reserve` is asked for more than is left. */
export class MsgpackWriter {
  bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Makes room for so many bytes. Every method but `raw` needs that its caller has done so. */
  reserve(count: number): void {
    if (this.position + count > this.bytes.byteLength) this.#grow(this.position + count);
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
    this.stringHeader(length);
    this.characters(value, length);
  }

  /** What stands before a string of so many bytes, at most 2^32 - 1. */
  stringHeader(length: number): void {
    if (length < 32) {
      this.bytes[this.position++] = 0xa0 | length;
    } else if (length < 0x100) {
      this.bytes[this.position++] = 0xd9;
      this.bytes[this.position++] = length;
    } else if (length < 0x1_0000) {
      this.bytes[this.position] = 0xda;
      this.position = this.bytes.writeUInt16BE(length, this.position + 1);
    } else {
      this.bytes[this.position] = 0xdb;
      this.position = this.bytes.writeUInt32BE(length, this.position + 1);
    }
  }

  /** The characters of a string that has one byte in each. */
  characters(value: string, length: number): void {
    if (length > charactersByHand) {
      this.position += this.bytes.write(value, this.position, "latin1");
      return;
    }
    const { bytes, position } = this;
    for (let index = 0; index < length; index++) bytes[position + index] = value.charCodeAt(index);
    this.position = position + length;
  }

  /** Bytes that are msgpack already. Makes its own room. */
  raw(value: Uint8Array): void {
    this.reserve(value.byteLength);
    this.bytes.set(value, this.position);
    this.position += value.byteLength;
  }

  #grow(needed: number): void {
    const bytes = Buffer.allocUnsafe(Math.max(needed, this.bytes.byteLength * 2));
    this.bytes.copy(bytes, 0, 0, this.position);
    this.bytes = bytes;
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
        return this.#bigEndian(this.#take(2), 2);
      case 0xce:
        return this.#bigEndian(this.#take(4), 4);
      case 0xcf: {
        const start = this.#take(8);
        const value = this.#bigEndian(start, 4) * highWord + this.#bigEndian(start + 4, 4);
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

  /**
   * The bytes of a string as Latin-1: one character a byte, so that comparing compares bytes. `known`
   * itself where it has the same bytes.
   */
  byteString(known?: ByteString): ByteString {
    const length = this.#stringLength();
    const start = this.#take(length);
    if (known?.length === length && this.#holds(start, known)) return known;
    return this.bytes.toString("latin1", start, start + length) as ByteString;
  }

  #holds(start: number, value: ByteString): boolean {
    const { bytes } = this;
    for (let index = 0; index < value.length; index++) {
      if (bytes[start + index] !== value.charCodeAt(index)) return false;
    }
    return true;
  }

  #stringLength(): number {
    const tag = this.#byte();
    if (tag >= 0xa0 && tag < 0xc0) return tag & 0x1f;
    if (tag === 0xd9) return this.#byte();
    if (tag === 0xda) return this.#bigEndian(this.#take(2), 2);
    throw this.#malformed("a string");
  }

  #byte(): number {
    return this.bytes[this.#take(1)] ?? 0;
  }

  #bigEndian(start: number, byteLength: number): number {
    const { bytes } = this;
    let value = 0;
    for (let index = 0; index < byteLength; index++)
      value = value * 256 + (bytes[start + index] ?? 0);
    return value;
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
