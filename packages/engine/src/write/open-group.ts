import { frameChecksum } from "../log/frame.ts";
import { groupHeaderBytes } from "../log/group-header.ts";
import type { RecordPlace } from "../log/log.ts";
import { recordBytesAtMost, writeRecord, type RecordEnvelope } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition } from "../scalars.ts";

/** Something that waits to know where in the log its record was written. */
export interface PlaceHolder {
  place: RecordPlace | undefined;
}

interface Slot {
  readonly holder: PlaceHolder;
  readonly start: number;
  readonly byteLength: number;
}

const initialBytes = 64 << 10;
const keptBytesAtMost = 8 << 20;

/**
 * The records that will be written together: while one group is on its way to the disk, the next
 * one fills.
 */
export class OpenGroup {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #length = groupHeaderBytes;
  #slots: Slot[] = [];
  /** Whether a writer asked for it to be durable before it is acknowledged. */
  needsSync = false;

  /** The header's room and the records. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Encodes a record at the end of the group; returns the CRC of its frame. */
  add(envelope: RecordEnvelope, value: Uint8Array, holder: PlaceHolder): number {
    this.#reserve(recordBytesAtMost(envelope.collection, envelope.key, value));
    const start = this.#length;
    this.#length = writeRecord(this.#bytes, start, envelope, value);
    this.#slots.push({ holder, start, byteLength: this.#length - start });
    return frameChecksum(this.#bytes, start);
  }

  /** Adds a record whose frame is encoded already, as a replica does. */
  addEncoded(frame: Uint8Array, holder: PlaceHolder): void {
    this.#reserve(frame.byteLength);
    this.#bytes.set(frame, this.#length);
    this.#slots.push({ holder, start: this.#length, byteLength: frame.byteLength });
    this.#length += frame.byteLength;
  }

  /** Tells every record where it stands, now that the group was written at `position`. */
  place(segment: Segment, position: BytePosition): void {
    for (const { holder, start, byteLength } of this.#slots) {
      holder.place = { segment, position: (position + start) as BytePosition, byteLength };
    }
  }

  /** Empties the group for the next use. */
  clear(): void {
    if (this.#bytes.byteLength > keptBytesAtMost) this.#bytes = Buffer.allocUnsafe(initialBytes);
    this.#length = groupHeaderBytes;
    this.#slots = [];
    this.needsSync = false;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.byteLength) return;
    const bytes = Buffer.allocUnsafe(Math.max(needed, this.#bytes.byteLength * 2));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
