import type { KeyspaceSnapshot } from "../index/keyspace.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

/**
 * The committed state of a database at one offset. Holds the segments that it may have to read, so
 * that compaction does not take them away; must be closed.
 */
export class View {
  readonly log: Log;
  readonly keyspace: KeyspaceSnapshot;
  /** All records below it are in the view, none other. */
  readonly offset: LogOffset;
  readonly #segments: readonly Segment[];
  #isClosed = false;

  constructor(log: Log, keyspace: KeyspaceSnapshot, offset: LogOffset) {
    this.log = log;
    this.keyspace = keyspace;
    this.offset = offset;
    this.#segments = log.readableSegments;
    for (const segment of this.#segments) segment.acquire();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.keyspace.release();
    for (const segment of this.#segments) segment.release();
  }
}
