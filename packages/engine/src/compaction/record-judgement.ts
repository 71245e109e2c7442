import type { Keyspace } from "../index/keyspace.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { Segment } from "../log/segment.ts";
import { isSystemCollection } from "../names.ts";
import type { BytePosition, LogOffset, TimestampMs } from "../scalars.ts";

/** A record as a judgement needs it, with where it stands in its segment. */
export type JudgedRecord = Pick<
  RecordEnvelope,
  "kind" | "offset" | "collection" | "key" | "expires"
> & { readonly position: BytePosition };

/** Which records of a run must stay. One judgement for a whole run, so that it has one `now`. */
export class RecordJudgement {
  readonly #keyspace: Keyspace;
  /** Tombstones and expired values below it may go (see `purgeFloorAfter`). */
  readonly purgeFloor: LogOffset;
  /** Expired notes below it may go, wherever replicas resume: see `isExpiredForGood`. */
  readonly #noteFloor: LogOffset;
  readonly #now: TimestampMs;
  /** In which segments expired values were found that may go. */
  readonly segmentsWithExpired = new Set<Segment>();

  constructor(
    keyspace: Keyspace,
    floors: { readonly purgeFloor: LogOffset; readonly noteFloor: LogOffset },
    now: TimestampMs,
  ) {
    this.#keyspace = keyspace;
    this.purgeFloor = floors.purgeFloor;
    this.#noteFloor = floors.noteFloor;
    this.#now = now;
  }

  /** Whether a record must stay. Records are asked for in the order of their offsets. */
  keeps(record: JudgedRecord, segment: Segment): boolean {
    if (record.kind === FrameKind.epoch) return true;
    // What nothing needs any more whatever it says: that is known without asking the index.
    const isPurgeable = record.offset < this.purgeFloor;
    if (isPurgeable && record.kind === FrameKind.delete) return false;
    const current = this.#keyspace.get(record.collection, record.key);
    // All records before a tombstone are applied: a value that is there now is newer, and hides the same.
    if (record.kind === FrameKind.delete) return current === undefined;
    if (current?.segment !== segment || current.position !== record.position) return false;
    if (!this.isExpiredForGood(record)) return true;
    this.segmentsWithExpired.add(segment);
    return false;
  }

  /**
   * Whether a value that is the newest of its key goes, as it has expired and has nothing to hide. Its
   * entry in the index stays until its segment is replaced: if that fails, the value is still there.
   *
   * A note need not hide older ones from replicas: they have expired too (see batch-note.ts).
   */
  isExpiredForGood({ kind, expires, offset, collection }: JudgedRecord): boolean {
    if (kind !== FrameKind.put || expires === null || expires > this.#now) return false;
    return offset < (isSystemCollection(collection) ? this.#noteFloor : this.purgeFloor);
  }
}
