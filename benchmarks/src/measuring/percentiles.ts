import type { Histogram } from "node:perf_hooks";

import type { Figures } from "../report/figures.ts";

const nanosecondsPer = { Ms: 1e6, Micros: 1e3 } as const;

/**
 * Median, tail and worst of a histogram of nanoseconds, as figures whose names end in their unit:
 * "putP99Ms".
 */
export function percentileFigures(
  name: string,
  histogram: Histogram,
  unit: keyof typeof nanosecondsPer,
): Figures {
  const inUnit = (nanoseconds: number): number => nanoseconds / nanosecondsPer[unit];
  return {
    [`${name}P50${unit}`]: inUnit(histogram.percentile(50)),
    [`${name}P99${unit}`]: inUnit(histogram.percentile(99)),
    [`${name}P999${unit}`]: inUnit(histogram.percentile(99.9)),
    [`${name}Max${unit}`]: inUnit(histogram.max),
  };
}
