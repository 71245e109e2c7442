import { expect, test } from "vitest";

import { wrkResult } from "./wrk.ts";

const report = (numbers: Readonly<Record<string, number>> = {}): string =>
  Object.entries({
    requests: 5_000,
    micros: 2_000_000,
    p50Micros: 1_500,
    p99Micros: 4_000,
    p999Micros: 9_000,
    refused: 0,
    failed: 0,
    late: 0,
    ...numbers,
  })
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");

test("a rate and latencies are read from among what wrk prints itself", () => {
  const printed = `Running 2s test\n  5000 requests in 2.00s\n${report()}`;
  expect(wrkResult(printed, "http://a")).toEqual({
    requests: 5_000,
    requestsPerSecond: 2_500,
    latencyMs: { p50: 1.5, p99: 4, p999: 9 },
  });
});

test.each(["refused", "failed", "late"])("a load with %s requests does not count", (name) => {
  expect(() => wrkResult(report({ [name]: 1 }), "http://a")).toThrow("http://a: ");
});

test("a load without answers does not count", () => {
  expect(() => wrkResult(report({ requests: 0 }), "http://a")).toThrow("there was no answer");
  expect(() => wrkResult("Running\n", "http://a")).toThrow('wrk did not tell "refused"');
});
