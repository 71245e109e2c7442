/**
 * Reads the committed records of a log in order, a window of bytes at a time and each record only when
 * it is asked for: so a reader that stops holds one window, and a group of any length is read without
 * a pause that others would notice.
 *
 * Between two windows it holds no segment, and others may change the log:
 * - compaction replaces segments. The cursor then finds the segment that covers its offset anew; records
 *   keep their offsets, so that none comes twice. What it can lose is deletions, which it tells.
 * - truncation cuts off what is not committed. So nothing is read from a window that was not committed
 *   when the window was filled: such bytes may have been replaced since. A group that was cut in two
 *   stands in another file, which the cursor sees by the segment's handle.
 */
import type { CorruptionError } from "../errors.ts";
import type { FileHandle } from "../filesystem/filesystem.ts";
import type { ByteString } from "../log/byte-string.ts";
import { frameHeaderBytes, frameLength, validFrameEnd } from "../log/frame.ts";
import { groupHeaderBytes, readGroupHeader } from "../log/group-header.ts";
import type { Log } from "../log/log.ts";
import { MalformedEnvelopeError } from "../log/msgpack-cursor.ts";
import { batchEndOf, decodeRecord, type DecodedRecord } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

/** How much is read at once: what takes about a millisecond to decode. */
const defaultWindowBytes = 64 << 10;

const noBytes = Buffer.alloc(0);

/** A record, the bytes that its value stands in, and the place of its frame. */
export interface CursorRecord {
  readonly record: DecodedRecord;
  readonly bytes: Buffer;
  readonly segment: Segment;
  readonly position: number;
}

/** The file that is being read. A segment that was cut within a group has another one since. */
interface Source {
  readonly segment: Segment;
  readonly file: FileHandle;
}

export class LogCursor {
  readonly #log: Log;
  readonly #windowBytes: number;
  /** All committed records below it were passed. */
  #offset: LogOffset;

  #source: Source | undefined;
  /** Where in the source the next frame begins. */
  #position = 0;
  /** What the offset of the next record is at least. */
  #least = 0 as LogOffset;
  /** The group that `#position` stands in; undefined between two. */
  #group: { readonly end: number; readonly nextOffset: LogOffset } | undefined;

  /** The bytes of the source from `#windowStart` on. */
  #window = noBytes;
  #windowStart = 0;
  /** What was committed when the window was filled. */
  #windowCommitted = 0 as LogOffset;
  /** Whether the next record, or the end of its group, was not committed then. */
  #isHeld = false;
  /** The collection of the last record, which is that of the next one as a rule. */
  #collection: ByteString | undefined;
  /** How many bytes the next step needs. */
  #wanted = groupHeaderBytes;

  /** Segments that hold all deletions that this cursor has to meet; undefined before it has begun. */
  #complete: WeakSet<Segment> | undefined;

  /** A window has `windowBytes`; more where a record is longer. */
  constructor(log: Log, from: LogOffset, windowBytes = defaultWindowBytes) {
    this.#log = log;
    this.#windowBytes = windowBytes;
    this.#offset = from;
  }

  /** The offset from which another cursor would go on. */
  get offset(): LogOffset {
    return this.#offset;
  }

  /**
   * The next record of the window; undefined where the window has to be filled. Throws CorruptionError
   * where the bytes are not as written.
   */
  take(): CursorRecord | undefined {
    while (this.#offset < this.#windowCommitted) {
      const group = this.#group;
      if (group === undefined) {
        if (!this.#enterGroup()) return undefined;
      } else if (this.#position === group.end) {
        if (!this.#leaveGroup(group.nextOffset)) return undefined;
      } else {
        const frameEnd = this.#frameEnd(group.end);
        if (frameEnd === undefined) return undefined;
        const record = this.#decode(frameEnd, group.nextOffset);
        if (batchEndOf(record) >= this.#windowCommitted) {
          this.#isHeld = true;
          return undefined;
        }
        const position = this.#position;
        this.#position = this.#windowStart + frameEnd;
        this.#least = (record.offset + 1) as LogOffset;
        if (record.offset < this.#offset) continue; // Passed by an earlier reading.
        this.#offset = this.#least;
        return { record, bytes: this.#window, segment: this.#segment, position };
      }
    }
    return undefined;
  }

  /**
   * Fills the window. `more`: there may be records below `committed`. `none`: there are none; the
   * cursor holds no memory until the next call. `purged`: deletions from `offset` on may be missing;
   * told once, and the next call goes on.
   */
  async fill(committed: LogOffset): Promise<"more" | "none" | "purged"> {
    const isHeld = this.#isHeld && committed <= this.#windowCommitted;
    if (this.#offset >= committed || isHeld) {
      this.#window = noBytes;
      this.#windowStart = this.#position;
      return "none";
    }
    this.#isHeld = false;
    let source = this.#source;
    if (source === undefined || !this.#isCurrent(source)) {
      if (this.#hasLostDeletions()) return "purged";
      source = this.#locate();
    }
    const { segment, file } = source;
    const available = segment.acceptedBytes - this.#position;
    if (this.#wanted > available) throw this.#damaged("the file ends within a group");
    const windowBytes = Math.min(Math.max(this.#windowBytes, this.#wanted), available);
    const window = Buffer.allocUnsafe(windowBytes);
    segment.acquire();
    try {
      const count = await file.read(window, this.#position);
      if (count < window.byteLength) throw this.#damaged("the file ends within a group");
    } finally {
      segment.release();
    }
    this.#window = window;
    this.#windowStart = this.#position;
    this.#windowCommitted = committed;
    this.#wanted = 0;
    return "more";
  }

  get #segment(): Segment {
    if (this.#source === undefined) throw new Error("assertion failed: a window has a source");
    return this.#source.segment;
  }

  /** Whether what follows is to be read from `source`. */
  #isCurrent({ segment, file }: Source): boolean {
    const isInForce = segment.file === file && this.#log.segments.includes(segment);
    const isAtEnd = this.#group === undefined && this.#position === segment.acceptedBytes;
    return isInForce && !isAtEnd;
  }

  /** Finds the place in the log as it is now from which to read on. */
  #locate(): Source {
    const segment = this.#log.segmentOf(this.#offset);
    const { position, offset } = segment.placeOf(this.#offset);
    this.#source = { segment, file: segment.file };
    this.#position = position;
    this.#least = offset;
    this.#group = undefined;
    this.#wanted = groupHeaderBytes;
    return this.#source;
  }

  /**
   * Whether compaction may have dropped deletions from here on. It has dropped those below the purge
   * floor whose keys have no older value in the log; so who begins at 0 misses nothing, as long as the
   * segments are the same that were there when it began.
   */
  #hasLostDeletions(): boolean {
    const offset = this.#offset;
    const { segments, purgeFloor } = this.#log;
    const complete = this.#complete;
    this.#complete = new WeakSet(segments);
    if (offset === 0) return false;
    if (complete === undefined) return offset < purgeFloor;
    return segments.some(
      (segment) =>
        segment.endOffset > offset && segment.purgeFloor > offset && !complete.has(segment),
    );
  }

  #enterGroup(): boolean {
    if (!this.#hasBytes(groupHeaderBytes)) return false;
    const { logId } = this.#log.identity;
    const start = this.#position - this.#windowStart;
    const { byteLength } = this.#window;
    const header = readGroupHeader(this.#window, start, byteLength, logId, this.#position);
    if (header === undefined) throw this.#damaged("no valid group begins here");
    const { nextOffset, recordBytes } = header;
    if (nextOffset < this.#least) throw this.#damaged("a group's offsets run backwards");
    const end = this.#position + groupHeaderBytes + recordBytes;
    if (nextOffset <= this.#offset) {
      this.#position = end;
      this.#least = nextOffset;
    } else {
      this.#position += groupHeaderBytes;
      this.#group = { end, nextOffset };
    }
    return true;
  }

  #leaveGroup(nextOffset: LogOffset): boolean {
    if (nextOffset > this.#windowCommitted) {
      this.#isHeld = true;
      return false;
    }
    this.#group = undefined;
    this.#least = nextOffset;
    this.#offset = nextOffset;
    return true;
  }

  /** Where in the window the next frame ends; undefined where the window ends before. */
  #frameEnd(groupEnd: number): number | undefined {
    if (!this.#hasBytes(frameHeaderBytes)) return undefined;
    const start = this.#position - this.#windowStart;
    const length = frameLength(this.#window, start);
    const damage = "a record does not fit its checksum";
    if (this.#position + length > groupEnd) throw this.#damaged(damage);
    if (!this.#hasBytes(length)) return undefined;
    const end = validFrameEnd(this.#window, start, start + length);
    if (end === undefined) throw this.#damaged(damage);
    return end;
  }

  #decode(frameEnd: number, groupEndOffset: LogOffset): DecodedRecord {
    const start = this.#position - this.#windowStart;
    let record: DecodedRecord;
    try {
      record = decodeRecord(this.#window, start, frameEnd, this.#collection);
      this.#collection = record.collection;
    } catch (error) {
      if (!(error instanceof MalformedEnvelopeError)) throw error;
      throw this.#damaged(`the frame is no record: ${error.message}`);
    }
    if (record.offset < this.#least || record.offset >= groupEndOffset) {
      throw this.#damaged(`the record has offset ${record.offset}, out of order`);
    }
    return record;
  }

  #hasBytes(count: number): boolean {
    const hasBytes = this.#position + count <= this.#windowStart + this.#window.byteLength;
    if (!hasBytes) this.#wanted = count;
    return hasBytes;
  }

  #damaged(what: string): CorruptionError {
    return this.#log.damaged(this.#segment.path, this.#position, what);
  }
}
