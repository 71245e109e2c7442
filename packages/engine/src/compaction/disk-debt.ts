/**
 * How far compaction is behind. A pure decision. Writers in the same thread can be faster than it: they
 * put ten thousand records into one turn of the event loop, of which it takes a small part. So it takes
 * the larger steps the more garbage there is, and at the bound that it has to keep, writers go on no
 * faster than it does. (Before it did, 4 writers with batches of 1,000 records had made 3.3 times the
 * live data of files after 8 seconds, and no end of it was in sight.)
 */
import { shortestRunBytes } from "./segment-target.ts";

/** Sizes in bytes. */
export interface DiskUse {
  /** Of all files, the one that a run is being written to included. */
  readonly fileBytes: number;
  /** What that run has still to read and to write, at most, before it frees anything. */
  readonly remaining: { readonly readBytes: number; readonly writtenBytes: number };
  /** Of the records that must stay. */
  readonly liveBytes: number;
}

/** So many times the live data, and a constant, is what files may take. */
const boundShare = 2;
/** From so many times the live data on, compaction begins to hurry. */
const calmShare = 1.5;
const constantRuns = 4;

/**
 * How many bytes of a run are read for each byte that writers may write while the debt is 1. A run in
 * which `garbageShare` goes reads 1.65 bytes (what stays is read again) to free 0.35: so that it frees
 * more than is written, this must be greater than 1.65 / 0.35 = 4.7.
 */
export const readBytesPerWritten = 6;

/** From 0, where nothing presses, to 1, where no more garbage must come in. */
export function debtOf(use: DiskUse, segmentBytes: number): number {
  const constantBytes = constantRuns * shortestRunBytes(segmentBytes);
  const { fileBytes, remaining, liveBytes } = use;
  // What writers may write until the run is done is counted beforehand.
  const comingBytes = remaining.writtenBytes + remaining.readBytes / readBytesPerWritten;
  const overBytes = fileBytes + comingBytes - calmShare * liveBytes;
  const roomBytes = (boundShare - calmShare) * liveBytes + constantBytes;
  return Math.min(1, Math.max(0, overBytes / roomBytes));
}
