import type { KeyspaceReader, KeyspaceSnapshot } from "../index/keyspace.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

/** A log and an index to it: of a database as it is, or as it was. */
export interface ReadableState {
  readonly log: Log;
  readonly keyspace: KeyspaceReader;
}

/** What stays as it is until its reader calls `done`. */
export interface StableState extends ReadableState {
  done(): void;
}

/**
 * The committed state of a database at one offset. Holds the segments that it may have to read, so
 * that compaction does not take them away; must be closed.
 */
export class View implements StableState {
  readonly log: Log;
  readonly keyspace: KeyspaceSnapshot;
  /** All records below it are in the view, none other. */
  readonly offset: LogOffset;
  readonly #segments: readonly Segment[];
  #holders = 1;

  constructor(log: Log, keyspace: KeyspaceSnapshot, offset: LogOffset) {
    this.log = log;
    this.keyspace = keyspace;
    this.offset = offset;
    this.#segments = log.readableSegments;
    for (const segment of this.#segments) segment.acquire();
  }

  /** Keeps it open for another one, who is done with it, too, one day. */
  hold(): void {
    this.#holders++;
  }

  /** Ends a hold, or that of the one who made it; the last one lets go of pages and files. */
  done(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.keyspace.release();
    for (const segment of this.#segments) segment.release();
  }
}
