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
    return new EncodedValue(writer.bytes.subarray(0, writer.position));
  }
}
