/** Marks: what BoxerDB is to reach. */

export interface Mark {
  /** What is bounded: the ratio to the peer, or the figure itself. */
  readonly of: "ratio" | "figure";
  readonly bound: "at least" | "at most";
  readonly amount: number;
}

/** The ratio to the peer must be at least this. */
export const atLeastTimes = (amount: number): Mark => ({ of: "ratio", bound: "at least", amount });

/** The ratio to the peer must be at most this. */
export const atMostTimes = (amount: number): Mark => ({ of: "ratio", bound: "at most", amount });

/** The figure must be at least this. */
export const atLeast = (amount: number): Mark => ({ of: "figure", bound: "at least", amount });

/** The figure must be at most this. */
export const atMost = (amount: number): Mark => ({ of: "figure", bound: "at most", amount });

/** Whether a figure and its ratio to the peer meet a mark; undefined where that was not measured. */
export function isMet(
  mark: Mark,
  figure: number | undefined,
  ratio: number | undefined,
): boolean | undefined {
  const reached = mark.of === "ratio" ? ratio : figure;
  if (reached === undefined) return undefined;
  return mark.bound === "at least" ? reached >= mark.amount : reached <= mark.amount;
}

/** "≥ 4 ×", "≤ 100". The unit of a figure stands in its row. */
export function describeMark({ of, bound, amount }: Mark): string {
  const sign = bound === "at least" ? "≥" : "≤";
  return `${sign} ${amount.toLocaleString("en-US")}${of === "ratio" ? " ×" : ""}`;
}
