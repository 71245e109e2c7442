/** Which segments to compact. A pure decision over what is known of them. */

/** What the picker knows of a sealed segment below the high watermark. */
export interface CompactionCandidate {
  /** Bytes of all its records. */
  readonly recordBytes: number;
  /** Bytes of those that must stay. */
  readonly liveBytes: number;
}

/** A run of neighbouring segments, as a half-open interval of indexes. */
export interface CompactionRun {
  readonly start: number;
  readonly end: number;
}

/** A segment is worth rewriting when this share of its records' bytes is garbage. */
export const garbageShare = 0.35;

/**
 * The next run to compact, or undefined where none is worth it: the segment with the greatest share
 * of garbage, together with its neighbours as long as they too hold garbage or are small, and all that
 * stays fits into one segment. Merging neighbours keeps the number of files in proportion to the data.
 */
export function pickRun(
  candidates: readonly CompactionCandidate[],
  segmentBytes: number,
): CompactionRun | undefined {
  let seed = -1;
  let greatest = garbageShare;
  for (const [index, candidate] of candidates.entries()) {
    const share = garbageOf(candidate);
    if (share >= greatest) {
      seed = index;
      greatest = share;
    }
  }
  if (seed < 0) return undefined;
  let start = seed;
  let end = seed + 1;
  let liveBytes = candidates[seed]?.liveBytes ?? 0;
  const joins = (candidate: CompactionCandidate | undefined): candidate is CompactionCandidate =>
    candidate !== undefined &&
    liveBytes + candidate.liveBytes <= segmentBytes &&
    (garbageOf(candidate) >= garbageShare / 2 || candidate.liveBytes <= segmentBytes / 4);
  for (let next = candidates[start - 1]; joins(next); next = candidates[start - 1]) {
    liveBytes += next.liveBytes;
    start--;
  }
  for (let next = candidates[end]; joins(next); next = candidates[end]) {
    liveBytes += next.liveBytes;
    end++;
  }
  return { start, end };
}

const garbageOf = ({ recordBytes, liveBytes }: CompactionCandidate): number =>
  recordBytes === 0 ? 0 : (recordBytes - liveBytes) / recordBytes;
