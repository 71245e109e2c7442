import { expect, test } from "vitest";

import { exposition } from "./exposition.ts";
import { RequestMetrics } from "./request-metrics.ts";

const countsOf = (metrics: RequestMetrics): string[] =>
  exposition(metrics.families())
    .split("\n")
    .filter((line) => /_count|in_flight\b[^ ]* \d/.test(line) && !line.startsWith("#"));

test("requests are counted by route, method and status; routes of one form are one", () => {
  const metrics = new RequestMetrics();
  const answer = (path: string, method: string, status: number): void => {
    metrics.begun();
    metrics.answered(path, method, status, 1);
  };
  answer("/api/v2/:database/:key", "GET", 200);
  answer("/api/v2/:database{[^_/][^/]*}/:key", "GET", 200);
  answer("/api/v2/:database/:key", "GET", 404);
  answer("/api/v2/:database/:key", "HEAD", 200);
  answer("*", "BREW", 404);
  answer("*", "PROPFIND", 404);
  metrics.begun();
  const name = "boxerdb_http_request_duration_seconds_count";
  expect(countsOf(metrics)).toEqual([
    `${name}{route="/api/v2/:database/:key",method="GET",status="200"} 2`,
    `${name}{route="/api/v2/:database/:key",method="GET",status="404"} 1`,
    `${name}{route="/api/v2/:database/:key",method="HEAD",status="200"} 1`,
    `${name}{route="*",method="other",status="404"} 2`,
    "boxerdb_http_requests_in_flight 1",
  ]);
});
