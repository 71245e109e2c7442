/** Servers of a cluster that elects its leaders: what each tells of what it leads and follows, and how it stops. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { boxerdb, talkingTo } from "./cli/boxerdb.ts";
import { ElectedServers, putTo, type ElectedServer } from "./elected-servers.ts";
import { eventually } from "./eventually.ts";
import { samplesOf } from "./prometheus-text.ts";

let servers: ElectedServers;
let n1: ElectedServer;
let n2: ElectedServer;
beforeEach(async () => {
  servers = new ElectedServers();
  n1 = await servers.start("n1");
  n2 = await servers.start("n2");
});
afterEach(() => servers[Symbol.asyncDispose]());

describe("a server that leads one database and follows another", () => {
  beforeEach(async () => {
    await servers.createDatabase("ours", n1, 2);
    await servers.createDatabase("theirs", n1, 2);
    await n1.node.handOver("theirs", "n2");
    await putTo(n1, "ours", 1);
    await putTo(n2, "theirs", 1);
  });

  test("tells of each by its role", async () => {
    const status = async ({ url }: ElectedServer): Promise<unknown> =>
      (await fetch(`${url}/status`)).json();
    await eventually(async () => {
      expect(await status(n1)).toMatchObject({
        role: "leader",
        ready: true,
        writeQuorum: 2,
        followers: [{ nodeId: "n2", url: n2.url, connected: true }],
        databases: [
          { name: "ours", role: "leader", inSync: 2, followers: [{ nodeId: "n2", inSync: true }] },
          {
            name: "theirs",
            role: "follower",
            leader: { nodeId: "n2", url: n2.url },
            connected: true,
            lag: { records: 0, ms: 0 },
            isInSync: true,
            resync: null,
            halted: null,
          },
        ],
      });
    });
  });

  test("measures both", async () => {
    await eventually(async () => {
      const text = await (await fetch(`${n1.url}/metrics`)).text();
      const valuesOf = (name: string) =>
        samplesOf(text)
          .filter((sample) => sample.name === name)
          .map(({ labels, value }) => [labels["database"], value]);
      expect(valuesOf("boxerdb_leader")).toEqual([[undefined, 1]]);
      expect(valuesOf("boxerdb_database_leader")).toEqual([
        ["ours", 1],
        ["theirs", 0],
      ]);
      expect(valuesOf("boxerdb_replication_in_sync_nodes")).toEqual([["ours", 2]]);
      expect(valuesOf("boxerdb_replication_follower_lag_records")).toEqual([["ours", 0]]);
      expect(valuesOf("boxerdb_replication_lag_records")).toEqual([["theirs", 0]]);
      expect(valuesOf("boxerdb_replication_resync_records")).toEqual([["theirs", 0]]);
      expect(valuesOf("boxerdb_replication_in_sync")).toEqual([["theirs", 1]]);
      expect(valuesOf("boxerdb_replication_connected")).toEqual([[undefined, 1]]);
    });
  });

  test("is both to load balancers", async () => {
    for (const path of ["/readyz", "/leader", "/follower", "/follower?lag=0"]) {
      await eventually(async () => expect((await fetch(`${n1.url}${path}`)).status).toBe(200));
    }
    await n2.server.close();
    await eventually(async () => {
      expect((await fetch(`${n1.url}/follower`)).status).toBe(503);
    });
  });

  test("is shown as both, on a screen of 80 columns", async () => {
    await eventually(async () => {
      const { code, out } = await boxerdb(["status"], { environment: talkingTo(n1) });
      expect(out).toMatch(/^all is well: 2 leaders and 0 followers; /);
      expect(out).toMatch(/^n1 .* ok /m);
      expect(out).toMatch(/^n2 .* ok /m);
      expect(out).toMatch(/^database on n1 +leader .* in sync +lag$/m);
      expect(out).toMatch(/^ours +n1 .* 2 nodes +–$/m);
      expect(out).toMatch(/^theirs +n2 .* – +none$/m);
      const [verdict = "", ...table] = out.split("\n");
      expect(verdict).toContain("a write is acknowledged by 2 nodes");
      for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
      expect(code).toBe(0);
    });
  });
});

test("a server that stops leaves its databases to another one, which takes the next write", async () => {
  const n3 = await servers.start("n3");
  await servers.createDatabase("app", n1, 3);
  await putTo(n1, "app", 1);
  await n1.server.close();
  const successor = servers.state("app")?.leader?.nodeId === "n2" ? n2 : n3;
  await putTo(successor, "app", 2);
  const told = n1.logged.map(({ msg }) => msg);
  const handedOver = told.indexOf("handed over to another node before the stop");
  expect(handedOver).toBeGreaterThan(-1);
  // Clients were answered until then.
  const closing = "stopping: no more connections are taken, requests under way are finished";
  expect(told.indexOf(closing)).toBeGreaterThan(handedOver);
});
