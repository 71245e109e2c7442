/**
 * Which segments to compact next: a pure decision over what is known of them. Three reasons, in this
 * order:
 *
 *   1. garbage     a segment of which `garbageShare` or more would go
 *   2. unblocking  a segment that holds older values of keys whose tombstones, or expired values, could
 *                  go otherwise, when those are worth what it costs to rewrite all that hold them back
 *   3. merging     neighbours without much garbage that are small, so that files stay in proportion
 *
 * What it costs, in bytes written by compaction:
 *
 *   - By the first, at most (1 − garbageShare) / garbageShare = 1.9 bytes for each byte that goes; by
 *     the second, (1 − freedShare) / freedShare = 4 more for each byte that was held back. Each byte
 *     that was written goes once.
 *   - By merging, every segment of the run ends in one that is at least twice as long, of which nothing
 *     longer than `runBytes` comes, and what is shorter than a 64th of that counts as a 64th. So no
 *     byte is written more than log2(64) = 6 times because of merging, however many segments there are.
 *
 * While a run is written its old and new files exist together, which takes at most `runBytes`, or what
 * stays of one segment where that is more.
 */

/** What the picker knows of a sealed segment below the high watermark. */
export interface CompactionCandidate {
  /** The length of its file. */
  readonly byteSize: number;
  /** Bytes of the records that would stay if it was rewritten now. */
  readonly liveBytes: number;
  /** Of these, bytes that stay only because of candidates before it that are `blocking`. */
  readonly blockedBytes: number;
  /** Holds older values of keys that have none any more, which candidates after it have to hide. */
  readonly blocking: boolean;
}

/** A run of neighbouring segments, as a half-open interval of indexes. */
export interface CompactionRun {
  readonly start: number;
  readonly end: number;
}

/** A segment is worth rewriting when this share of its file is garbage. */
export const garbageShare = 0.35;

/** What is held back is freed when it is this share of that and of all that has to be rewritten for it. */
const freedShare = 0.2;

/** What is shorter than this share of `runBytes` counts as this long for merging. */
const smallestShare = 1 / 64;
const segmentsAtMost = 64;

/** The next run to compact, or undefined where none is worth it. */
export function pickRun(
  candidates: readonly CompactionCandidate[],
  runBytes: number,
): CompactionRun | undefined {
  const seed = worstOf(candidates) ?? blockingSeed(candidates);
  return seed === undefined
    ? mergeableRun(candidates, runBytes)
    : around(candidates, seed, runBytes);
}

/** The length of a segment that keeps so many bytes of records, at most: its header and its groups' come on top. */
export const rewrittenBytes = (liveBytes: number): number => 256 + liveBytes + liveBytes / 1_024;

const shareOf = (byteSize: number, liveBytes: number): number =>
  byteSize === 0 ? 0 : (byteSize - rewrittenBytes(liveBytes)) / byteSize;

/** The candidate with the greatest share of garbage, where that is enough. */
function worstOf(candidates: readonly CompactionCandidate[]): number | undefined {
  let worst: number | undefined;
  let greatest = garbageShare;
  for (const [index, { byteSize, liveBytes }] of candidates.entries()) {
    const share = shareOf(byteSize, liveBytes);
    if (share < greatest) continue;
    worst = index;
    greatest = share;
  }
  return worst;
}

/** The oldest candidate that holds others back, where rewriting all such frees enough in those. */
function blockingSeed(candidates: readonly CompactionCandidate[]): number | undefined {
  let freedBytes = 0;
  for (const { byteSize, liveBytes, blockedBytes } of candidates) {
    // Without this much, it would not be rewritten even if it could lose what is held back.
    if (shareOf(byteSize, liveBytes - blockedBytes) >= garbageShare) freedBytes += blockedBytes;
  }
  if (freedBytes === 0) return undefined;
  let costBytes = 0;
  for (const { blocking, liveBytes } of candidates) if (blocking) costBytes += liveBytes;
  if (freedBytes / (freedBytes + costBytes) < freedShare) return undefined;
  const oldest = candidates.findIndex(({ blocking }) => blocking);
  return oldest < 0 ? undefined : oldest;
}

/** A candidate with its neighbours, as long as they too hold garbage or are small. */
function around(
  candidates: readonly CompactionCandidate[],
  seed: number,
  runBytes: number,
): CompactionRun {
  let start = seed;
  let end = seed;
  let byteSize = 0;
  let liveBytes = 0;
  const take = (candidate: CompactionCandidate | undefined): void => {
    byteSize += candidate?.byteSize ?? 0;
    liveBytes += candidate?.liveBytes ?? 0;
  };
  const joins = (neighbour: CompactionCandidate | undefined): boolean =>
    neighbour !== undefined &&
    end - start < segmentsAtMost &&
    liveBytes + neighbour.liveBytes <= runBytes &&
    (neighbour.liveBytes <= runBytes / 4 ||
      shareOf(neighbour.byteSize, neighbour.liveBytes) >= garbageShare / 2) &&
    shareOf(byteSize + neighbour.byteSize, liveBytes + neighbour.liveBytes) >= garbageShare;
  take(candidates[end++]);
  while (joins(candidates[start - 1])) take(candidates[--start]);
  while (joins(candidates[end])) take(candidates[end++]);
  return { start, end };
}

/** The longest run of neighbours that together are at least twice as long as the longest of them. */
function mergeableRun(
  candidates: readonly CompactionCandidate[],
  runBytes: number,
): CompactionRun | undefined {
  let best: CompactionRun | undefined;
  for (let start = 0; start < candidates.length; start++) {
    let liveBytes = 0;
    let length = 0;
    let longest = 0;
    for (let end = start; end < Math.min(candidates.length, start + segmentsAtMost); end++) {
      const next = candidates[end]?.liveBytes ?? 0;
      const nextLength = Math.max(next, runBytes * smallestShare);
      liveBytes += next;
      length += nextLength;
      longest = Math.max(longest, nextLength);
      if (liveBytes > runBytes) break;
      const isLongest = best === undefined || end + 1 - start > best.end - best.start;
      if (end > start && longest * 2 <= length && isLongest) best = { start, end: end + 1 };
    }
  }
  return best;
}
