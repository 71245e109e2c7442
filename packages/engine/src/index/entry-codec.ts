/**
 * How the index keeps where a record stands: in two words of 32 bits, with a number in the place of the
 * segment. What is unusual of a record (a long one, or one that expires) is kept with its segment.
 */
import type { RecordPlace } from "../log/log.ts";
import type { Segment, UnusualRecord } from "../log/segment.ts";
import type { BytePosition, TimestampMs } from "../scalars.ts";

import type { WordDecoder } from "./tree-access.ts";

/** What the index knows of a key: where its newest record stands, and when that expires. */
export interface IndexEntry extends RecordPlace {
  readonly expires: TimestampMs | null;
}

const unusual = 0xffff;
const segmentsAtMost = 0x1_0000;

export class EntryCodec implements WordDecoder<IndexEntry> {
  // By their numbers. One that is closed is referred to by nobody, and its number is free.
  readonly #segments: (Segment | undefined)[] = [];
  readonly #numbers = new Map<Segment, number>();
  // What was asked for last: records come segment by segment.
  #lastSegment: Segment | undefined;
  #lastNumber = 0;

  /** `segments`: by the numbers that pages have for them; undefined where a number is free. */
  constructor(segments: readonly (Segment | undefined)[] = []) {
    for (const [number, segment] of segments.entries()) {
      this.#segments.push(segment);
      if (segment !== undefined) this.#numbers.set(segment, number);
    }
  }

  /** The numbers that pages have for segments now. */
  numbers(): ReadonlyMap<Segment, number> {
    return new Map(this.#numbers);
  }

  /** The second word of an entry. The first one is the record's position. */
  secondWord({ segment, position, byteLength }: RecordPlace, expires: TimestampMs | null): number {
    const isUnusual = expires !== null || byteLength >= unusual;
    if (isUnusual) segment.unusualRecords.set(position, { byteLength, expires });
    return this.#numberOf(segment) * segmentsAtMost + (isUnusual ? unusual : byteLength);
  }

  decode(word0: number, word1: number): IndexEntry {
    const position = word0 as BytePosition;
    const segment = this.segmentOf(word1);
    const byteLength = word1 & 0xffff;
    if (byteLength !== unusual) return { segment, position, byteLength, expires: null };
    const record = unusualRecord(segment, position);
    return { segment, position, byteLength: record.byteLength, expires: record.expires };
  }

  /** The segment that an entry refers to. */
  segmentOf(word1: number): Segment {
    const segment = this.#segments[word1 >>> 16];
    if (segment === undefined) throw new Error("assertion failed: the index names an open segment");
    return segment;
  }

  /** The length of the record that an entry refers to. */
  byteLengthOf(word0: number, word1: number): number {
    const byteLength = word1 & 0xffff;
    if (byteLength !== unusual) return byteLength;
    return unusualRecord(this.segmentOf(word1), word0 as BytePosition).byteLength;
  }

  /** When the record that an entry refers to expires. */
  expiresOf(word0: number, word1: number): TimestampMs | null {
    if ((word1 & 0xffff) !== unusual) return null;
    return unusualRecord(this.segmentOf(word1), word0 as BytePosition).expires;
  }

  #numberOf(segment: Segment): number {
    if (segment !== this.#lastSegment) {
      this.#lastNumber = this.#numbers.get(segment) ?? this.#add(segment);
      this.#lastSegment = segment;
    }
    return this.#lastNumber;
  }

  #add(segment: Segment): number {
    const closed = this.#segments.findIndex((one) => one?.isClosed !== false);
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

function unusualRecord(segment: Segment, position: BytePosition): UnusualRecord {
  const record = segment.unusualRecords.get(position);
  if (record === undefined) throw new Error("assertion failed: a segment knows its long records");
  return record;
}
