import type { Keyspace } from "../index/keyspace.ts";
import { openSealed } from "../log/log-recovery.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

import type { Pacer } from "./pacer.ts";
import type { RecordJudgement } from "./record-judgement.ts";
import { recordSlices } from "./record-slices.ts";
import { extentOf, putIntoForce, type RewrittenName } from "./segment-rewriter.ts";

export interface Swap {
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly run: readonly Segment[];
  /** What was written from the run. */
  readonly name: RewrittenName;
  readonly bytes: number;
  readonly judgement: RecordJudgement;
  /** All below it was applied before the judgement began. */
  readonly judgedAt: LogOffset;
  readonly highWatermark: () => LogOffset;
  readonly pacer: Pacer;
  /** Told how many bytes more have been read. */
  readonly onProgress: (readBytes: number) => void;
}

/**
 * Puts a rewritten segment into force: on disk, then in the index, then in the log. Reading goes on in
 * the run until all of the index leads to its replacement. Where it rejects, the replacement may be in
 * force on disk and not in memory.
 */
export async function swapSegments(swap: Swap): Promise<Segment> {
  const { log, keyspace, run, name, judgement, pacer, onProgress } = swap;
  await putIntoForce(log.identity, name);
  const replacement = await openSealed(log.identity, name);
  // The file is whole: all of it may be read as soon as the index leads there.
  replacement.markWhole(swap.bytes as BytePosition);
  log.admit(replacement);
  const replaced = new Set(run);
  let groupPosition = replacement.groupsStart;
  for await (const slice of recordSlices(extentOf(log.identity, replacement, swap.bytes))) {
    for (const record of slice.records) {
      const { position, start, end } = record;
      const place = { segment: replacement, position, byteLength: end - start };
      keyspace.relocate(record, place, replaced, swap.judgedAt);
    }
    if (slice.endsGroup) {
      replacement.noteGroup(groupPosition, slice.group.nextOffset);
      groupPosition = slice.end;
    }
    onProgress(slice.readBytes);
    if (pacer.counts(slice.records.length, slice.readBytes)) await pacer.pause();
  }
  for (const segment of judgement.segmentsWithExpired) {
    for await (const slice of recordSlices(extentOf(log.identity, segment, segment.byteSize))) {
      for (const record of slice.records) {
        if (judgement.isExpiredForGood(record)) keyspace.forget(record, segment);
      }
      if (pacer.counts(slice.records.length, slice.readBytes)) await pacer.pause();
    }
  }
  log.replace(run, replacement, swap.highWatermark());
  return replacement;
}
