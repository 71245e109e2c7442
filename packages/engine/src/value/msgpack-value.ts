/**
 * Values as msgpack that comes from elsewhere and goes there. What a value decoder trusts in a log,
 * because a checksum covers it, is checked here first: types, lengths, names, depth, UTF-8.
 */
import { isUtf8 } from "node:buffer";

import { InvalidValueError } from "../errors.ts";

import { EncodedValue } from "./encoded-value.ts";
import { maxContainers, maxValueDepth, type Storable, type StorableShape } from "./storable.ts";
import { decodeValue } from "./value-decoder.ts";

/** The msgpack of a value, as any msgpack library reads it. Throws InvalidValueError where it is none. */
export const encodeMsgpack = (value: StorableShape): Uint8Array => EncodedValue.of(value).bytes;

/**
 * The value that msgpack stands for: nil, booleans, numbers, strings, arrays and maps that make a JSON
 * value, or one `bin`. Throws InvalidValueError, naming the byte, for extension types, `bin` within
 * other values, names that are no strings, integers that JavaScript's numbers cannot hold, strings that
 * are not UTF-8, nesting beyond 512 levels, more than four million arrays and maps, and bytes that are
 * missing or left over.
 */
export function decodeMsgpack(bytes: Uint8Array): Storable {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  new MsgpackCheck(buffer).whole();
  return decodeValue(buffer, 0, buffer.byteLength);
}

/** An array or a map that has begun. */
interface OpenContainer {
  readonly isMap: boolean;
  /** Items that are still to come; a name and its value are two. */
  left: number;
}

class MsgpackCheck {
  readonly #bytes: Buffer;
  #position = 0;
  // Not by recursion: it is the sender who says how deep it goes.
  readonly #open: OpenContainer[] = [];
  #containers = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  whole(): void {
    do this.#item();
    while (this.#isOpen());
    const left = this.#bytes.byteLength - this.#position;
    if (left > 0) this.#refuse(this.#position, `${left} bytes are left over behind the value`);
  }

  /** Closes what is complete; whether anything is left that is not. */
  #isOpen(): boolean {
    while (this.#open.at(-1)?.left === 0) this.#open.pop();
    return this.#open.length > 0;
  }

  #item(): void {
    const start = this.#position;
    const container = this.#open.at(-1);
    const isName = container?.isMap === true && container.left % 2 === 0;
    if (container !== undefined) container.left--;
    const tag = this.#uint(1);
    if (isName && !isStringTag(tag)) this.#refuse(start, "the name in a map is not a string");
    if (tag < 0x80 || tag >= 0xe0) return;
    if (tag < 0x90) this.#begin(start, true, tag & 0x0f);
    else if (tag < 0xa0) this.#begin(start, false, tag & 0x0f);
    else if (tag < 0xc0) this.#string(start, tag & 0x1f);
    else this.#long(start, tag);
  }

  #long(start: number, tag: number): void {
    switch (tag) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        break;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        if (this.#open.length > 0) {
          this.#refuse(start, "bytes (bin) are a value by themselves, and not part of another one");
        }
        this.#take(this.#uint(tag === 0xc4 ? 1 : tag === 0xc5 ? 2 : 4));
        break;
      case 0xca:
      case 0xcb:
        this.#finite(start, tag === 0xca ? 4 : 8);
        break;
      case 0xcc:
      case 0xd0:
        this.#take(1);
        break;
      case 0xcd:
      case 0xd1:
        this.#take(2);
        break;
      case 0xce:
      case 0xd2:
        this.#take(4);
        break;
      case 0xcf:
      case 0xd3:
        this.#exact(start, tag === 0xd3);
        break;
      case 0xd9:
        this.#string(start, this.#uint(1));
        break;
      case 0xda:
        this.#string(start, this.#uint(2));
        break;
      case 0xdb:
        this.#string(start, this.#uint(4));
        break;
      case 0xdc:
        this.#begin(start, false, this.#uint(2));
        break;
      case 0xdd:
        this.#begin(start, false, this.#uint(4));
        break;
      case 0xde:
        this.#begin(start, true, this.#uint(2));
        break;
      case 0xdf:
        this.#begin(start, true, this.#uint(4));
        break;
      case 0xc1:
        this.#refuse(start, "0xc1 is not used in msgpack");
        break;
      default:
        this.#refuse(start, "an extension type is not a JSON value");
    }
  }

  #begin(start: number, isMap: boolean, count: number): void {
    if (this.#open.length >= maxValueDepth) {
      this.#refuse(start, `values nest at most ${maxValueDepth} levels deep`);
    }
    if (++this.#containers > maxContainers) {
      this.#refuse(start, `a value has at most ${maxContainers} arrays and maps`);
    }
    const left = isMap ? count * 2 : count;
    // An item takes a byte at least, so nobody makes us wait for more than has come.
    if (left > this.#bytes.byteLength - this.#position) this.#refuse(start, tooShort);
    this.#open.push({ isMap, left });
  }

  #string(start: number, byteLength: number): void {
    const from = this.#take(byteLength);
    if (!isUtf8(this.#bytes.subarray(from, from + byteLength))) {
      this.#refuse(start, "a string is not UTF-8");
    }
  }

  #finite(start: number, byteLength: 4 | 8): void {
    const at = this.#take(byteLength);
    const value = byteLength === 4 ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at);
    if (!Number.isFinite(value)) this.#refuse(start, `${value} is not a JSON number`);
  }

  #exact(start: number, isSigned: boolean): void {
    const at = this.#take(8);
    const value = isSigned ? this.#bytes.readBigInt64BE(at) : this.#bytes.readBigUInt64BE(at);
    if (!Number.isSafeInteger(Number(value))) {
      this.#refuse(start, `${value} is beyond the integers that are exact here, up to 2^53 - 1`);
    }
  }

  #uint(byteLength: 1 | 2 | 4): number {
    return this.#bytes.readUIntBE(this.#take(byteLength), byteLength);
  }

  #take(count: number): number {
    const start = this.#position;
    if (start + count > this.#bytes.byteLength) this.#refuse(start, tooShort);
    this.#position = start + count;
    return start;
  }

  #refuse(position: number, why: string): never {
    throw new InvalidValueError(`the msgpack is not a value, at byte ${position}: ${why}`);
  }
}

const tooShort = "it ends before the value does";

const isStringTag = (tag: number): boolean =>
  (tag >= 0xa0 && tag < 0xc0) || (tag >= 0xd9 && tag <= 0xdb);
