import { expect, test } from "vitest";

import { costOf, cpuMicrosIn, peakBytesIn } from "./server-cost.ts";

test("processor time is found behind a name with spaces and parentheses", () => {
  const stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 150 25 9 9 20 0 11 0 100 1000 500";
  expect(cpuMicrosIn(stat)).toBe(1_750_000);
  expect(() => cpuMicrosIn("7 (a) S")).toThrow("this is no stat of a process");
});

test("the peak of memory is told in bytes", () => {
  expect(peakBytesIn("Name:\ta\nVmPeak:\t 99 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 7 kB\n")).toBe(
    2_097_152,
  );
  expect(() => peakBytesIn("Name:\ta\n")).toThrow("this is no status of a process");
});

test.runIf(process.platform === "linux")("costs of processes add up", async () => {
  const [once, twice] = [await costOf([process.pid]), await costOf([process.pid, process.pid])];
  expect(once?.peakBytes).toBeGreaterThan(0);
  expect(twice?.cpuMicros).toBeGreaterThanOrEqual(2 * (once?.cpuMicros ?? Number.NaN));
});
