import { expect, test } from "vitest";

import { samplesOf } from "../../test/prometheus-text.ts";
import { putting, startTestNode } from "../../test/test-node.ts";

test("requests, refusals, groups and the state of the store are told", async () => {
  await using leader = await startTestNode();
  const { app } = leader;
  await app.request("/api/v1/k", putting(1));
  await app.request("/api/v1/k");
  await app.request("/api/v1/missing");
  await app.request("/api/v2/app/users/ada", putting(1));
  await app.request("/nowhere", { method: "PUT" });

  const response = await app.request("/metrics");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const samples = samplesOf(await response.text());
  const value = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
    )?.value;

  const requests = "boxerdb_http_request_duration_seconds_count";
  const single = "/api/v1/:key";
  expect(value(requests, { route: single, method: "PUT", status: "200" })).toBe(1);
  expect(value(requests, { route: single, method: "GET", status: "200" })).toBe(1);
  expect(value(requests, { route: single, method: "GET", status: "404" })).toBe(1);
  const long = "/api/v2/:database/:collection/:key";
  expect(value(requests, { route: long, method: "PUT", status: "200" })).toBe(1);
  expect(value(requests, { route: "*", method: "PUT", status: "404" })).toBe(1);
  // The one that asks.
  expect(value("boxerdb_http_requests_in_flight")).toBe(1);
  expect(value("boxerdb_http_refusals_total", { code: "no_such_route" })).toBe(1);

  for (const database of ["app", "default"]) {
    expect(value("boxerdb_keys", { database })).toBe(1);
    expect(value("boxerdb_group_write_duration_seconds_count", { database })).toBeGreaterThan(0);
    // The record of the epoch, and the write.
    expect(value("boxerdb_group_records_sum", { database })).toBe(2);
    expect(value("boxerdb_committed_offset", { database })).toBe(2);
    expect(value("boxerdb_segments", { database, state: "active" })).toBe(1);
  }
  expect(value("boxerdb_ready")).toBe(1);
  expect(value("boxerdb_leader")).toBe(1);
  expect(value("boxerdb_build_info", { node_version: process.version })).toBe(1);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(0);
});

test("nothing is told of what is gone", async () => {
  await using leader = await startTestNode();
  await leader.app.request("/api/v2/app/users/ada", putting(1));
  await leader.app.request("/api/v2/app", { method: "DELETE" });
  const text = await (await leader.app.request("/metrics")).text();
  expect(text).not.toContain('database="app"');
});

test("takes no parameters", async () => {
  await using leader = await startTestNode();
  expect((await leader.app.request("/metrics?name=x")).status).toBe(400);
});
