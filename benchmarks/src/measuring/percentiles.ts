import type { Histogram } from "node:perf_hooks";

import type { Figures } from "../report/figures.ts";

/** Median, tail and worst of a histogram of nanoseconds, as figures in milliseconds: "putP99Ms". */
export function percentileFigures(name: string, histogram: Histogram): Figures {
  const inMs = (nanoseconds: number): number => nanoseconds / 1e6;
  return {
    [`${name}P50Ms`]: inMs(histogram.percentile(50)),
    [`${name}P99Ms`]: inMs(histogram.percentile(99)),
    [`${name}P999Ms`]: inMs(histogram.percentile(99.9)),
    [`${name}MaxMs`]: inMs(histogram.max),
  };
}
