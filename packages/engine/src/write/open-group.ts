import { groupHeaderBytes } from "../log/group-header.ts";
import { MsgpackWriter } from "../log/msgpack-cursor.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition } from "../scalars.ts";

import type { GroupPlace } from "./pending-records.ts";

const initialBytes = 64 << 10;
const keptBytesAtMost = 8 << 20;

/**
 * The records that will be written together: while one group is on its way to the disk, the next
 * one fills. Records are encoded right into it.
 */
export class OpenGroup {
  #writer = new MsgpackWriter(Buffer.allocUnsafe(initialBytes), groupHeaderBytes);
  #place: GroupPlace = { segment: undefined, position: 0, unwritten: this.#writer };
  /** Whether a writer asked for it to be durable before it is acknowledged. */
  needsSync = false;
  /** How many there are. */
  records = 0;

  /** Writes behind the records that are there, which begin behind room for the group's header. */
  get writer(): MsgpackWriter {
    return this.#writer;
  }

  /** Where the group will stand, once that is known. */
  get place(): GroupPlace {
    return this.#place;
  }

  /** The header's room and the records. */
  get bytes(): Buffer {
    return this.#writer.bytes.subarray(0, this.#writer.position);
  }

  /** Tells all records where they stand, now that the group was written at `position`. */
  placeAt(segment: Segment, position: BytePosition): void {
    this.#place.segment = segment;
    this.#place.position = position;
  }

  /** Empties the group for the next use. */
  clear(): void {
    if (this.#writer.bytes.byteLength > keptBytesAtMost) {
      this.#writer = new MsgpackWriter(Buffer.allocUnsafe(initialBytes), groupHeaderBytes);
    }
    this.#writer.position = groupHeaderBytes;
    this.#place = { segment: undefined, position: 0, unwritten: this.#writer };
    this.needsSync = false;
    this.records = 0;
  }
}
