/** The metrics of a real leader and a real follower, and the dashboard that is made of them. */
import { readFile } from "node:fs/promises";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { eventually } from "./eventually.ts";
import { startObservedCluster, type ObservedCluster } from "./observed-cluster.ts";
import { familiesOf, samplesOf, type ScrapedSample } from "./prometheus-text.ts";
import { sendRaw } from "./raw-socket.ts";

let cluster: ObservedCluster;
let texts: readonly string[];
let samples: readonly ScrapedSample[];
beforeAll(async () => {
  cluster = await startObservedCluster();
  const { leader, follower } = cluster;
  const scrape = async ({ url }: { readonly url: string }) =>
    (await fetch(`${url}/metrics`)).text();
  await fetch(`${leader.url}/nowhere`);
  await sendRaw(
    leader.port,
    "GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
  );
  await sendRaw(leader.port, "no such thing\r\n\r\n");
  await sendRaw(
    leader.port,
    "GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  );
  // What is pulled is told once the second pull has said that the first is synced.
  await eventually(async () =>
    expect(await scrape(leader)).toContain("boxerdb_replication_follower_lag_records{"),
  );
  texts = [await scrape(leader), await scrape(follower)];
  samples = texts.flatMap(samplesOf);
});
afterAll(() => cluster[Symbol.asyncDispose]());

describe("the metrics", () => {
  test("of a leader tell of its followers, those of a follower of its lag", () => {
    const [ofLeader = [], ofFollower = []] = texts.map(samplesOf);
    const find = (those: readonly ScrapedSample[], name: string) =>
      those.find((sample) => sample.name === name);
    expect(find(ofLeader, "boxerdb_leader")?.value).toBe(1);
    expect(find(ofLeader, "boxerdb_replication_follower_lag_seconds")?.labels).toEqual({
      database: "default",
      follower: "follower",
    });
    expect(find(ofFollower, "boxerdb_leader")?.value).toBe(0);
    expect(find(ofFollower, "boxerdb_replication_lag_records")?.value).toBe(0);
    expect(find(ofFollower, "boxerdb_replication_pulled_bytes_total")?.value).toBeGreaterThan(0);
    expect(find(ofLeader, "boxerdb_http_received_bytes_total")?.value).toBeGreaterThan(0);
    expect(find(ofLeader, "boxerdb_http_connections_total")?.value).toBeGreaterThan(0);
  });

  test("count requests that came to no route", () => {
    const [ofLeader = []] = texts.map(samplesOf);
    const codes = ofLeader
      .filter(({ name }) => name === "boxerdb_http_refusals_total")
      .map(({ labels, value }) => [labels["code"], value]);
    expect(Object.fromEntries(codes)).toEqual({
      no_such_route: 1,
      wrong_host: 1,
      invalid_request: 2,
    });
    const refused = cluster.leader.logged.find(({ msg }) => msg === "refused");
    expect(refused).toMatchObject({ level: 20, status: 421, code: "wrong_host", url: "/livez" });
  });

  test("are named as Prometheus wants them, once each, with what they mean", () => {
    for (const text of texts) {
      for (const [name, { type, help }] of familiesOf(text)) {
        if (!name.startsWith("boxerdb_")) continue;
        expect(name).toMatch(/^[a-z]+(_[a-z]+)+$/);
        expect(name.endsWith("_total"), name).toBe(type === "counter");
        expect(help, name).toMatch(/^[A-Z0-9].*\.$/);
      }
    }
  });

  test("have no sample twice", () => {
    for (const text of texts) {
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const series = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
      expect(new Set(series).size).toBe(series.length);
    }
  });
});

const dashboardFile = new URL("../../../docker/grafana/boxerdb-dashboard.json", import.meta.url);
const dataSource = z.object({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
const dashboardSchema = z.object({
  title: z.string(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), definition: z.string().optional() })),
  }),
  panels: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("row"), title: z.string() }),
      ...(["timeseries", "stat"] as const).map((type) =>
        z.object({
          type: z.literal(type),
          title: z.string(),
          datasource: dataSource,
          targets: z.array(z.object({ expr: z.string(), datasource: dataSource })).min(1),
        }),
      ),
    ]),
  ),
});

/** A metric in a query, with the labels by which it is picked. */
interface PickedMetric {
  readonly name: string;
  readonly labels: readonly string[];
}

const picked = (query: string): readonly PickedMetric[] =>
  [...query.matchAll(/([a-z][a-z0-9_]*)\{([^}]*)\}/g)].map(([, name = "", matchers = ""]) => ({
    name,
    labels: [...matchers.matchAll(/([a-z_]+)=~?"/g)].map(([, label = ""]) => label),
  }));

describe("the dashboard", async () => {
  const dashboard = dashboardSchema.parse(JSON.parse(await readFile(dashboardFile, "utf8")));
  const panels = dashboard.panels.filter((panel) => panel.type !== "row");

  test("has a row for each part", () => {
    const rows = dashboard.panels.filter(({ type }) => type === "row").map(({ title }) => title);
    expect(rows).toEqual([
      "Cluster",
      "Requests",
      "Writes",
      "Storage",
      "Compaction",
      "Replication",
      "Process",
    ]);
  });

  test.each(panels.map((panel) => [panel.title, panel.targets.map(({ expr }) => expr)] as const))(
    "%s asks for what there is",
    (_, queries) => {
      const told = new Set(texts.flatMap((text) => [...familiesOf(text).keys()]));
      for (const query of queries) {
        const metrics = picked(query);
        expect(metrics, query).not.toEqual([]);
        for (const { name, labels } of metrics) {
          expect(told, name).toContain(name.replace(/_(bucket|sum|count)$/, ""));
          const known = samples.find((sample) => sample.name === name)?.labels;
          const grouped = /by \(([^)]*)\)/.exec(query)?.[1]?.split(/,\s*/) ?? [];
          for (const label of [...labels, ...grouped]) {
            // What Prometheus adds. Of garbage collection there need not have been any yet.
            if (label === "instance" || known === undefined) continue;
            expect(Object.keys(known), `${label} of ${name}`).toContain(label);
          }
        }
      }
    },
  );

  test("its variables are taken from what there is", () => {
    const queries = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const name = /label_values\(([a-z_]+)/.exec(query)?.[1];
      expect(samples.map((sample) => sample.name)).toContain(name);
    }
  });
});
