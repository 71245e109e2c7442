import type { LogOffset } from "./scalars.ts";

/** What a store tells while it works, for logs and progress bars. */
export type StoreEvent =
  /** A database is being read at open; told about every 64 MiB, and at its end. */
  | {
      readonly type: "opening";
      readonly database: string;
      readonly readBytes: number;
      readonly totalBytes: number;
      readonly records: number;
    }
  /** A crash had cut the last write short; what nobody was told to be durable was cut off. */
  | {
      readonly type: "torn-tail-cut";
      readonly database: string;
      readonly path: string;
      readonly position: number;
      readonly cutBytes: number;
      readonly reason: string;
    }
  /** A crash had come between the creation of a segment file and its first use; it was made anew. */
  | { readonly type: "segment-recreated"; readonly database: string; readonly path: string }
  /** A file that an interrupted compaction or removal had left behind was removed. */
  | { readonly type: "leftover-removed"; readonly path: string }
  /** A write or a sync failed: the database refuses writes until the store is opened again. */
  | { readonly type: "poisoned"; readonly database: string; readonly error: Error }
  /** What is stored cannot be read as it was written: told of the first such place of an open database. */
  | { readonly type: "damaged"; readonly database: string; readonly error: Error }
  /** Segments were rewritten without what is no longer needed. */
  | {
      readonly type: "compacted";
      readonly database: string;
      readonly baseOffset: LogOffset;
      readonly endOffset: LogOffset;
      readonly segments: number;
      readonly bytesBefore: number;
      readonly bytesAfter: number;
    }
  /** An image of the index was written, which covers all records below `offset`; `bytes` is its length. */
  | {
      readonly type: "checkpoint-written";
      readonly database: string;
      readonly offset: LogOffset;
      readonly bytes: number;
    }
  /** A checkpoint is not as written, or not of the log beside it: the log is read instead. */
  | {
      readonly type: "checkpoint-refused";
      readonly database: string;
      readonly path: string;
      readonly reason: string;
    }
  /** A checkpoint could not be written; nothing is lost. Tried again later, at the latest at close. */
  | { readonly type: "checkpoint-failed"; readonly database: string; readonly error: Error }
  /** A database that cannot be used was moved to `path`, where it is kept; `id` is undefined where it cannot be read. */
  | {
      readonly type: "set-aside";
      readonly database: string;
      readonly id: string | undefined;
      readonly path: string;
      readonly error: Error;
    }
  /** Compaction of a database failed; nothing is lost. Tried again, at the latest after the next open. */
  | { readonly type: "compaction-failed"; readonly database: string; readonly error: Error };
