import { InvalidOptionError } from "../errors.ts";
import { byteStringOf } from "../log/byte-string.ts";
import type { RecordEnvelope } from "../log/record.ts";
import { checkName, isSystemCollection } from "../names.ts";
import type { LogOffset } from "../scalars.ts";

/** Which changes a feed shows, and how long. All fields may be left out. */
export interface ChangesOptions {
  /**
   * The offset to begin at: as a rule the `position` of an earlier feed, or 0 for all that the log
   * still holds. It may lie within a batch, and beyond what is committed here, as on a replica that is
   * behind. Default: the high watermark, so that only what is committed from now on is shown.
   */
  readonly from?: LogOffset;
  /** Only changes in this collection. Default: in all. */
  readonly collection?: string;
  /** Only changes of keys that begin with it. Needs `collection`. Default: of all keys. */
  readonly prefix?: string;
  /**
   * Whether the feed waits for more when it has shown all: for writes, or for the database to be
   * created. If not, it ends at the high watermark of the moment when it was asked for. Default: true.
   */
  readonly live?: boolean;
  /**
   * Ends the feed: the `next` that waits, or else the one that follows, rejects with AbortError, whose
   * cause is the signal's reason. Default: it ends when its reader leaves.
   */
  readonly signal?: AbortSignal;
}

/** Throws InvalidOptionError or InvalidNameError where options cannot be meant. */
export function checkChangesOptions({ from, collection, prefix }: ChangesOptions): void {
  if (from !== undefined && !(Number.isSafeInteger(from) && from >= 0)) {
    throw new InvalidOptionError(`from must be an offset, a whole number from 0 on, not ${from}`);
  }
  if (collection !== undefined) checkName("collection", collection);
  if (prefix !== undefined && collection === undefined) {
    throw new InvalidOptionError(
      "prefix needs collection: name the collection whose keys it means",
    );
  }
}

/** Whether a record is one that the options ask for. Compares bytes, so that it need not be decoded. */
export function recordFilter({
  collection,
  prefix = "",
}: ChangesOptions): (record: RecordEnvelope) => boolean {
  if (collection === undefined) return (record) => !isSystemCollection(record.collection);
  const collectionBytes = byteStringOf(collection);
  const prefixBytes = byteStringOf(prefix);
  return (record) => record.collection === collectionBytes && record.key.startsWith(prefixBytes);
}
