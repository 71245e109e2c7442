/** Compares what two sides hold, by hashes: all ranges of keys, and where these differ, the keys. */
import { AbortError } from "@boxerdb/engine";

import { openAtOneOffset } from "./common-offset.ts";
import type { ContentSide, Position, Span } from "./content-side.ts";
import { mayBeNews, mergeKeys, type KeyDifference } from "./merged-keys.ts";
import { mergeRanges, type MergedRanges } from "./merged-ranges.ts";

/** Of so many differing keys each is told. */
const differencesAtMost = 10;

/**
 * Values that expire in this time are not compared: what has expired, some nodes have dropped and others
 * not yet. Longer than clocks of nodes should be apart.
 */
const expiryMarginMs = 10 * 60_000;

/** One side of a database. */
export interface ComparedContent {
  /** The newest offset that was looked at; -1 where there is none. */
  readonly offset: number;
  readonly keys: number;
  /** Of all of it, in hexadecimal digits. */
  readonly hash: string;
}

/** What came of a database. */
export interface DatabaseComparison {
  readonly name: string;
  readonly equal: boolean;
  /** Null where there is no such database. */
  readonly left: ComparedContent | null;
  readonly right: ComparedContent | null;
  /** The first keys that differ. */
  readonly differences: readonly KeyDifference[];
  /** Whether there are more. */
  readonly more: boolean;
  /**
   * Where they differed when they were first looked at, and did not any more when the keys were: it was
   * written over since.
   */
  readonly gone: readonly Span[];
  /** Keys that were written or deleted behind the offset of a directory, and not compared. */
  readonly newer: number;
}

/** What came of all databases. */
export interface Comparison {
  readonly ok: boolean;
  readonly databases: readonly DatabaseComparison[];
  /** That were compared, and the bytes of their records. */
  readonly keys: number;
  readonly bytes: number;
}

export interface ComparisonOptions {
  /** Only this one; undefined: all. */
  readonly database: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (keys: number, totalKeys: number) => void;
}

/** Resolves to undefined where neither side has the database that is asked for. */
export async function compare(
  left: ContentSide,
  right: ContentSide,
  options: ComparisonOptions,
): Promise<Comparison | undefined> {
  const { signal, onProgress } = options;
  const [ofLeft, ofRight] = await Promise.all([left.positions(), right.positions()]);
  const names = [...new Set([...ofLeft.keys(), ...ofRight.keys()])].toSorted();
  const wanted = names.filter((name) => (options.database ?? name) === name);
  if (options.database !== undefined && wanted.length === 0) return undefined;
  const total = wanted.reduce((sum, name) => sum + keysOf(ofLeft, name) + keysOf(ofRight, name), 0);
  const databases: DatabaseComparison[] = [];
  let [read, keys, bytes] = [0, 0, 0];
  for (const name of wanted) {
    const [a, b] = [ofLeft.get(name), ofRight.get(name)];
    if (a === undefined || b === undefined) {
      databases.push(missing(name, a, b));
      continue;
    }
    const compared = await compareDatabase(left, right, name, options, (done) => {
      if (signal.aborted) throw new AbortError("the comparison", signal.reason);
      onProgress(read + done, Math.max(total, read + done));
    });
    read += compared.left.keys + compared.right.keys;
    keys += Math.max(compared.left.keys, compared.right.keys);
    bytes += Math.max(compared.left.bytes, compared.right.bytes);
    databases.push(compared.comparison);
  }
  return { ok: databases.every(({ equal }) => equal), databases, keys, bytes };
}

const keysOf = (positions: ReadonlyMap<string, Position>, name: string): number =>
  positions.get(name)?.keys ?? 0;

const alone = ({ offset, keys }: Position): ComparedContent => ({ offset, keys, hash: "" });

const missing = (
  name: string,
  left: Position | undefined,
  right: Position | undefined,
): DatabaseComparison => ({
  name,
  equal: false,
  left: left === undefined ? null : alone(left),
  right: right === undefined ? null : alone(right),
  differences: [],
  more: false,
  gone: [],
  newer: 0,
});

async function compareDatabase(
  left: ContentSide,
  right: ContentSide,
  database: string,
  { nowMs, signal }: ComparisonOptions,
  onKeys: (keys: number) => void,
): Promise<MergedRanges & { readonly comparison: DatabaseComparison }> {
  const question = { database, expiresAfter: nowMs + expiryMarginMs, span: undefined };
  await using contents = await openAtOneOffset(left, right, question, "ranges", signal);
  const merged = await mergeRanges(contents.left.ranges(), contents.right.ranges(), onKeys);
  const isSameOffset = contents.left.offset === contents.right.offset;
  const differences: KeyDifference[] = [];
  const gone: Span[] = [];
  let newer = 0;
  for (const span of merged.spans) {
    if (differences.length > differencesAtMost) break;
    await using keys = await openAtOneOffset(left, right, { ...question, span }, "keys", signal);
    let found = 0;
    for await (const difference of mergeKeys(keys.left.keys(), keys.right.keys())) {
      found++;
      if (mayBeNews(difference, keys.left.offset, keys.right.offset)) newer++;
      else differences.push(difference);
      if (differences.length > differencesAtMost) break;
    }
    if (found === 0 && isSameOffset) gone.push(span);
  }
  const comparison = {
    name: database,
    equal: differences.length + gone.length === 0,
    left: { offset: contents.left.offset, keys: merged.left.keys, hash: merged.left.hash },
    right: { offset: contents.right.offset, keys: merged.right.keys, hash: merged.right.hash },
    differences: differences.slice(0, differencesAtMost),
    more: differences.length > differencesAtMost,
    gone,
    newer,
  };
  return { ...merged, comparison };
}
