/**
 * How the index keeps where a record stands: in two words of 32 bits, with a number in the place of the
 * segment. What is unusual of a record (a long one, or one that expires) is kept with its segment.
 */
import type { RecordPlace } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, TimestampMs } from "../scalars.ts";

import type { ValueCodec } from "./packed-btree.ts";

/** What the index knows of a key: where its newest record stands, and when that expires. */
export interface IndexEntry extends RecordPlace {
  readonly expires: TimestampMs | null;
}

const unusual = 0xffff;
const segmentsAtMost = 0x1_0000;

export class EntryCodec implements ValueCodec<IndexEntry> {
  readonly words = 2;
  // By their numbers. One that is closed is referred to by nobody, and its number is free.
  readonly #segments: Segment[] = [];
  readonly #numbers = new Map<Segment, number>();

  encode({ segment, position, byteLength, expires }: IndexEntry): readonly [number, number] {
    const isUnusual = expires !== null || byteLength >= unusual;
    if (isUnusual) segment.unusualRecords.set(position, { byteLength, expires });
    const number = this.#numbers.get(segment) ?? this.#add(segment);
    return [position, number * segmentsAtMost + (isUnusual ? unusual : byteLength)];
  }

  decode(word: (index: 0 | 1) => number): IndexEntry {
    const position = word(0) as BytePosition;
    const second = word(1);
    const segment = this.#segments[second >>> 16];
    if (segment === undefined) throw new Error("assertion failed: the index names an open segment");
    const byteLength = second & 0xffff;
    if (byteLength !== unusual) return { segment, position, byteLength, expires: null };
    const record = segment.unusualRecords.get(position);
    if (record === undefined) throw new Error("assertion failed: a segment knows its long records");
    return { segment, position, ...record };
  }

  #add(segment: Segment): number {
    const closed = this.#segments.findIndex(({ isClosed }) => isClosed);
    const number = closed < 0 ? this.#segments.length : closed;
    if (number >= segmentsAtMost) {
      throw new RangeError(
        `a database has at most ${segmentsAtMost} segments open: choose a larger segment size`,
      );
    }
    const replaced = this.#segments[number];
    if (replaced !== undefined) this.#numbers.delete(replaced);
    this.#segments[number] = segment;
    this.#numbers.set(segment, number);
    return number;
  }
}
