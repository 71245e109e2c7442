import { batchEndOf } from "../log/record.ts";
import type { ScannedRecord } from "../log/segment-scanner.ts";

import type { Stretch } from "./salvage.ts";

/** The records of a stretch, by whether they may stay. */
export interface PartedRecords {
  readonly kept: readonly ScannedRecord[];
  /** Each belongs, or may belong, to a batch of which a record is lost. */
  readonly dropped: readonly ScannedRecord[];
}

/**
 * Parts the records that were salvaged from a stretch. A batch is all or nothing, so what is left of one
 * goes where a part of it is lost. A record tells how many of its batch follow, not how many came
 * before: so the batch that comes first behind lost records goes too, be it of one record alone, as
 * they may have been its beginning. A batch never spans two groups, so the next group is not concerned.
 */
export function partByWholeness({
  records,
  gaps,
}: Pick<Stretch, "records" | "gaps">): PartedRecords {
  const dropped = new Set<ScannedRecord>();
  for (const { from, to } of gaps) {
    for (const record of records) {
      if (record.offset < from && batchEndOf(record) >= from) dropped.add(record);
    }
    const first = to === undefined ? undefined : records.find(({ offset }) => offset >= to);
    if (first === undefined) continue;
    for (const record of records) {
      if (record.offset >= first.offset && record.offset <= batchEndOf(first)) dropped.add(record);
    }
  }
  return {
    kept: records.filter((record) => !dropped.has(record)),
    dropped: records.filter((record) => dropped.has(record)),
  };
}
