/** What benchmarks hand on and keep: plain numbers by name, so that tables can be made anew from them. */

/** What was measured of one subject: name of the figure, with its unit last → value. */
export type Figures = Readonly<Record<string, number>>;

/** One round of a part: name of the subject → what it reached. */
export type Round = Readonly<Record<string, Figures>>;

/** How large a part was run: documents, keys, puts and the like. */
export type Sizes = Readonly<Record<string, number>>;

/** All rounds of one part of a benchmark, with what must be known to read them. */
export interface PartResult {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: string;
  readonly sizes: Sizes;
  readonly rounds: readonly Round[];
}

/** The value of a size. Throws where the part was run without it. */
export function sizeOf(sizes: Sizes, name: string): number {
  const size = sizes[name];
  if (size === undefined) throw new Error(`assertion failed: the size "${name}" is not set`);
  return size;
}

/** What a subject reached in each round; rounds that lack the figure are left out. */
export function valuesOf(rounds: readonly Round[], subject: string, figure: string): number[] {
  return rounds.flatMap((round) => round[subject]?.[figure] ?? []);
}
