/** Rates of one subject at several works, in operations a second. */
export type Rates = Readonly<Record<string, number>>;

/** What one subject reached in all rounds at one work. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
}

/** The median of the rounds, and their spread. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = sorted.length >>> 1;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, least: at(0), greatest: at(sorted.length - 1) };
}

/** Operations a second of `work`, which does `operations` of them. */
export async function rateOf(
  operations: number,
  work: () => Promise<void> | void,
): Promise<number> {
  const start = performance.now();
  await work();
  return operations / ((performance.now() - start) / 1_000);
}
