/** What one subject reached in all rounds at one work. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** The median of the rounds, and their spread; undefined where there is nothing to sum up. */
export function summarize(values: readonly number[]): Summary | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1];
  const least = sorted[0];
  const greatest = sorted.at(-1);
  if (upper === undefined || lower === undefined) return undefined;
  if (least === undefined || greatest === undefined) return undefined;
  return { median: (lower + upper) / 2, least, greatest };
}
