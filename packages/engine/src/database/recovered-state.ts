import { Keyspace } from "../index/keyspace.ts";
import { batchEndOf } from "../log/record.ts";
import type { ScannedGroup } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";
import { PendingRecords } from "../write/pending-records.ts";

/** The index and what is not committed yet, as they come out of reading a log from its start. */
export class RecoveredState {
  readonly keyspace = new Keyspace();
  readonly pending = new PendingRecords();
  readonly #commit: "synced" | "replicated";
  #highWatermark = 0 as LogOffset;

  /** `synced`: all that is in the log is committed. `replicated`: what the log itself says. */
  constructor(commit: "synced" | "replicated") {
    this.#commit = commit;
  }

  get highWatermark(): LogOffset {
    return this.#highWatermark;
  }

  takeGroup(group: ScannedGroup, segment: Segment): void {
    const { nextOffset, highWatermark } = group.header;
    const committed = this.#commit === "synced" ? nextOffset : highWatermark;
    if (committed > this.#highWatermark) this.#highWatermark = committed;
    const place = { segment, position: 0 };
    for (const record of group.records) {
      const { position, start, end } = record;
      this.pending.add({
        ...record,
        batchEnd: batchEndOf(record),
        group: place,
        start: position,
        byteLength: end - start,
      });
    }
    this.pending.commit(this.#highWatermark, (record, place) => {
      this.keyspace.apply(record, place);
    });
  }
}
