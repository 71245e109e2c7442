import { MsgpackWriter } from "../log/msgpack-cursor.ts";

import type { StorableShape } from "./storable.ts";
import { encodeValue } from "./value-encoder.ts";

/** The msgpack of a value that had to be encoded before its turn came. */
export class EncodedValue {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Throws InvalidValueError where it is neither JSON nor bytes. */
  static of(value: StorableShape): EncodedValue {
    const writer = new MsgpackWriter(Buffer.alloc(0));
    encodeValue(writer, value);
    return EncodedValue.writtenBy(writer);
  }

  /**
   * All that a writer has written, in memory of that length: a writer has up to twice as much, and a
   * value may wait for long.
   */
  static writtenBy({ bytes, position }: MsgpackWriter): EncodedValue {
    return new EncodedValue(Buffer.from(bytes.subarray(0, position)));
  }
}
