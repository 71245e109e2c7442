import { expect, test } from "vitest";

import { redisBenchmarkResult } from "./redis-benchmark.ts";

const titles =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';
const size = { commands: 5_000, pipeline: 100 };

test("a pipeline counts as one request, whatever the command looks like", () => {
  const figures = '"500500.50","12.385","1.896","11.855","17.503","20.079","24.863"';
  const csv = `${titles}\n"SET a {"n":1,"7":"8"}",${figures}\n`;
  expect(redisBenchmarkResult(csv, size)).toEqual({
    requests: 50,
    requestsPerSecond: 5_005.005,
    latencyMs: { p50: 11.855, p99: 20.079 },
  });
});

test("something else is no result", () => {
  expect(() => redisBenchmarkResult(`${titles}\n`, size)).toThrow("told no figures");
  expect(() => redisBenchmarkResult("Could not connect\n", size)).toThrow("told no figures");
});
