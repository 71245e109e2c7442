/** Finds the keys of a part in which two sides differ. */
import type { ComparedKey } from "./content-side.ts";
import { compareKeys } from "./merged-ranges.ts";

/** A key that is not the same on both sides. */
export interface KeyDifference {
  readonly collection: string;
  readonly key: string;
  /** At which offset it was written, on either side; null where it is absent. */
  readonly leftOffset: number | null;
  readonly rightOffset: number | null;
}

/** Goes through the keys of both sides at once, in their order. Ends both where it is left early. */
export async function* mergeKeys(
  left: AsyncGenerator<ComparedKey, void, void>,
  right: AsyncGenerator<ComparedKey, void, void>,
): AsyncGenerator<KeyDifference, void, void> {
  try {
    let [a, b] = await Promise.all([left.next(), right.next()]);
    while (a.done !== true || b.done !== true) {
      const order = compare(a.value ?? undefined, b.value ?? undefined);
      const ofLeft = order <= 0 ? (a.value ?? undefined) : undefined;
      const ofRight = order >= 0 ? (b.value ?? undefined) : undefined;
      if (ofLeft?.offset !== ofRight?.offset || ofLeft?.hash !== ofRight?.hash) {
        yield differenceOf(ofLeft, ofRight);
      }
      [a, b] = await Promise.all([
        ofLeft === undefined ? a : left.next(),
        ofRight === undefined ? b : right.next(),
      ]);
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}

function differenceOf(
  left: ComparedKey | undefined,
  right: ComparedKey | undefined,
): KeyDifference {
  const there = left ?? right;
  if (there === undefined) throw new Error("assertion failed: a key that differs is on one side");
  const { collection, key } = there;
  return { collection, key, leftOffset: left?.offset ?? null, rightOffset: right?.offset ?? null };
}

function compare(a: ComparedKey | undefined, b: ComparedKey | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (a.collection !== b.collection) return a.collection < b.collection ? -1 : 1;
  return compareKeys(a.key, b.key);
}

/**
 * Whether a difference may be what was written between the offsets at which the sides were read: the newer
 * one has a record that the older one could not have, or has none, as one behind deleted it.
 */
export function mayBeNews(
  { leftOffset, rightOffset }: KeyDifference,
  left: number,
  right: number,
): boolean {
  if (left === right) return false;
  const [older, ofNewer] = left < right ? [left, rightOffset] : [right, leftOffset];
  return ofNewer === null || ofNewer > older;
}
