import { expect, test } from "vitest";

import { benchJson, benchText, type BenchReport } from "./bench-report.ts";

const report: BenchReport = {
  target: { directory: "/var/lib/boxerdb" },
  size: { documents: 100_000, connections: 64, seconds: 3 },
  inMemory: false,
  machine: { processor: "Some Processor", processors: 8 },
  nodeVersion: "26.10.0",
  steps: [
    {
      work: "sync",
      title: "disk alone",
      operations: 12_345,
      durationMs: 3_000,
      latencyMs: { p50: 0.2071, p99: 0.5, p999: 12.345 },
    },
    {
      work: "get",
      title: "get",
      operations: 0,
      durationMs: 0,
      latencyMs: { p50: 0, p99: 0, p999: 0 },
    },
  ],
};

test("people see a table with its units", () => {
  expect(benchText(report, (text) => text).split("\n")).toEqual([
    "/var/lib/boxerdb, measured with Node.js 26.10.0 on 8 × Some Processor",
    "100,000 documents of about 130 bytes of JSON",
    "",
    "work        a second  p50 ms  p99 ms  p99.9 ms",
    "disk alone     4,115   0.207   0.500      12.3",
    "get                0   0.000   0.000     0.000",
    "",
    "a second: documents, or syncs. Milliseconds: how long a call took, be it of one document or of many.",
  ]);
});

test("a directory in memory is told", () => {
  const text = benchText({ ...report, inMemory: true }, (line) => line);
  expect(text).toContain("the directory lies in memory: syncs cost nothing there\n");
});

test("programs get all of it, a rate beside what it is made of", () => {
  expect(JSON.parse(benchJson(report))).toEqual({
    target: report.target,
    inMemory: false,
    machine: report.machine,
    nodeVersion: "26.10.0",
    documents: 100_000,
    connections: 64,
    seconds: 3,
    measurements: [
      {
        work: "sync",
        operations: 12_345,
        durationMs: 3_000,
        perSecond: 4_115,
        latencyMs: { p50: 0.2071, p99: 0.5, p999: 12.345 },
      },
      {
        work: "get",
        operations: 0,
        durationMs: 0,
        perSecond: 0,
        latencyMs: { p50: 0, p99: 0, p999: 0 },
      },
    ],
  });
});
