/** Finds where two sides differ by the hashes of their ranges, without keeping them. */
import type { ContentRange, ContentTotal } from "@boxerdb/engine";

import type { Span } from "./content-side.ts";

/** Of more places that differ, neighbours are taken together: memory stays bounded. */
const spansAtMost = 1_000;

/** What two sides come to. */
export interface MergedRanges {
  readonly left: ContentTotal;
  readonly right: ContentTotal;
  /** Where they differ, in the order of collections and keys. */
  readonly spans: readonly Span[];
}

/**
 * Goes through the ranges of both sides at once. Where these are cut at different keys, something between
 * the last cut that they share and the next one differs. `onKeys` hears how many keys were read, on both
 * sides together.
 */
export async function mergeRanges(
  left: AsyncGenerator<ContentRange, ContentTotal, void>,
  right: AsyncGenerator<ContentRange, ContentTotal, void>,
  onKeys: (keys: number) => void,
): Promise<MergedRanges> {
  const spans = new Spans();
  let differs = false;
  let gt: string | undefined;
  let keys = 0;
  let [a, b] = await Promise.all([left.next(), right.next()]);
  while (a.done !== true || b.done !== true) {
    const order = compareEnds(
      a.done === true ? undefined : a.value,
      b.done === true ? undefined : b.value,
    );
    const [ofLeft, ofRight] = [order <= 0 ? a : undefined, order >= 0 ? b : undefined];
    const ended = ofLeft?.done === false ? ofLeft.value : undefined;
    const other = ofRight?.done === false ? ofRight.value : undefined;
    differs ||= ended?.hash !== other?.hash || ended?.keys !== other?.keys;
    const range = ended ?? other;
    keys += (ended?.keys ?? 0) + (other?.keys ?? 0);
    onKeys(keys);
    if (range !== undefined && (order === 0 || range.through === null)) {
      const { collection, through } = range;
      if (differs) spans.add({ collection, gt, through });
      differs = false;
      gt = through ?? undefined;
    }
    [a, b] = await Promise.all([
      ofLeft === undefined ? a : left.next(),
      ofRight === undefined ? b : right.next(),
    ]);
  }
  return { left: a.value, right: b.value, spans: spans.list };
}

class Spans {
  readonly list: Span[] = [];

  add(span: Span): void {
    const last = this.list.at(-1);
    const isNext = last?.collection === span.collection && last.through === span.gt;
    const isFull = last?.collection === span.collection && this.list.length >= spansAtMost;
    if (last === undefined || !(isNext || isFull)) this.list.push(span);
    else this.list.splice(-1, 1, { ...last, through: span.through });
  }
}

type End = Pick<ContentRange, "collection" | "through">;

/** Which range ends before the other; none (undefined) ends behind all. */
function compareEnds(a: End | undefined, b: End | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.collection !== b.collection) return a.collection < b.collection ? -1 : 1;
  if (a.through === b.through) return 0;
  if (a.through === null || b.through === null) return a.through === null ? 1 : -1;
  return compareKeys(a.through, b.through);
}

/** The order of keys: that of their bytes of UTF-8. */
export const compareKeys = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
