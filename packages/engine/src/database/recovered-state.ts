import { Keyspace } from "../index/keyspace.ts";
import { batchEndOf } from "../log/record.ts";
import type { ScannedGroup } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";
import { PendingRecords } from "../write/pending-records.ts";

/** What a checkpoint has brought of the state, before the log behind it is read. */
export interface CheckpointedStart {
  readonly keyspace: Keyspace;
  /** All records below it are in the keyspace. */
  readonly offset: LogOffset;
  readonly highWatermark: LogOffset;
  /**
   * Segments that compaction has put in the place of others since, and which: the keyspace refers to
   * those until its records are met here.
   */
  readonly moves: ReadonlyMap<Segment, ReadonlySet<Segment>>;
}

/** The index and what is not committed yet, as they come out of reading a log. */
export class RecoveredState {
  readonly keyspace: Keyspace;
  readonly pending = new PendingRecords();
  readonly #commit: "synced" | "replicated";
  readonly #start: CheckpointedStart | undefined;
  #highWatermark: LogOffset;

  /**
   * `synced`: all that is in the log is committed. `replicated`: what the log itself says. Without
   * `start` the log is read from its beginning.
   */
  constructor(commit: "synced" | "replicated", start?: CheckpointedStart) {
    this.#commit = commit;
    this.#start = start;
    this.keyspace = start?.keyspace ?? new Keyspace();
    this.#highWatermark = start?.highWatermark ?? (0 as LogOffset);
  }

  get highWatermark(): LogOffset {
    return this.#highWatermark;
  }

  takeGroup(group: ScannedGroup, segment: Segment): void {
    const { nextOffset, highWatermark } = group.header;
    const committed = this.#commit === "synced" ? nextOffset : highWatermark;
    if (committed > this.#highWatermark) this.#highWatermark = committed;
    const start = this.#start?.offset ?? 0;
    const moved = this.#start?.moves.get(segment);
    const place = { segment, position: 0 };
    for (const record of group.records) {
      const { position } = record;
      const byteLength = record.end - record.start;
      if (record.offset >= start) {
        const batchEnd = batchEndOf(record);
        this.pending.add({ ...record, batchEnd, group: place, start: position, byteLength });
      } else if (moved !== undefined) {
        // Compaction kept it as the newest of its key: what replaced it since comes behind it.
        this.keyspace.relocate(record, { segment, position, byteLength }, moved, record.offset);
      }
    }
    this.pending.commit(this.#highWatermark, (record, at) => {
      this.keyspace.apply(record, at);
    });
  }

  /** To be called when the log was read: nothing refers to segments that are gone from then on. */
  finish(): void {
    const gone = new Set<Segment>();
    for (const [segment, moved] of this.#start?.moves ?? []) {
      for (const one of moved) if (one !== segment) gone.add(one);
    }
    if ([...gone].some(({ keys }) => keys > 0)) this.keyspace.sweep(gone);
    for (const segment of gone) segment.release();
  }
}
