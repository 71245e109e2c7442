import { InvalidOptionError } from "../errors.ts";
import { prefixEnd, type KeyRange } from "../index/ordered-index.ts";
import { byteStringOf, type ByteString } from "../log/byte-string.ts";

/** Which keys of a collection, and in which order. All fields may be left out, and combined. */
export interface RangeOptions {
  /** Only keys that begin with it. */
  readonly prefix?: string;
  /** Only keys greater than it, in the order of UTF-8 bytes. */
  readonly gt?: string;
  /** Only keys greater than it, or equal. */
  readonly gte?: string;
  /** Only keys less than it. */
  readonly lt?: string;
  /** Only keys less than it, or equal. */
  readonly lte?: string;
  /** From the greatest key to the least. Default: false. */
  readonly reverse?: boolean;
  /** At most so many entries. Default: all. */
  readonly limit?: number;
}

type Bound = NonNullable<KeyRange["lower"]>;

/** The interval that options describe; undefined where no key can lie in it. */
export function keyRangeOf(options: RangeOptions): KeyRange | undefined {
  const { prefix, gt, gte, lt, lte, limit } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new InvalidOptionError(`limit must be a whole number from 0 on, not ${limit}`);
  }
  const prefixBytes = prefix === undefined ? undefined : byteStringOf(prefix);
  const endOfPrefix = prefixBytes === undefined ? undefined : prefixEnd(prefixBytes);
  const lower = tightest(
    [bound(gt, false), bound(gte, true), boundAt(prefixBytes, true)],
    (a, b) => a.key > b.key,
  );
  const upper = tightest(
    [bound(lt, false), bound(lte, true), boundAt(endOfPrefix, false)],
    (a, b) => a.key < b.key,
  );
  if (lower !== undefined && upper !== undefined) {
    const isEmpty =
      lower.key > upper.key || (lower.key === upper.key && !(lower.inclusive && upper.inclusive));
    if (isEmpty) return undefined;
  }
  return { ...(lower && { lower }), ...(upper && { upper }) };
}

const bound = (key: string | undefined, inclusive: boolean): Bound | undefined =>
  boundAt(key === undefined ? undefined : byteStringOf(key), inclusive);

const boundAt = (key: ByteString | undefined, inclusive: boolean): Bound | undefined =>
  key === undefined ? undefined : { key, inclusive };

function tightest(
  bounds: readonly (Bound | undefined)[],
  isTighter: (a: Bound, b: Bound) => boolean,
): Bound | undefined {
  let best: Bound | undefined;
  for (const candidate of bounds) {
    if (candidate === undefined) continue;
    const sameButOpen = best?.key === candidate.key && !candidate.inclusive;
    if (best === undefined || sameButOpen || isTighter(candidate, best)) best = candidate;
  }
  return best;
}
