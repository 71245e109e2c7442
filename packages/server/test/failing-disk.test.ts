import { describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { failingDisk } from "./failing-disk.ts";
import { peerUrlOf, putting, startTestNode } from "./test-node.ts";

describe.each([
  ["EIO", "poisoned"],
  ["ENOSPC", "disk_full"],
] as const)("when the disk answers a write with %s", (systemCode, code) => {
  test("writes are refused, reads go on, and the node is not ready", async () => {
    const disk = failingDisk(systemCode);
    await using running = await startTestNode({ store: disk.store });
    const { app } = running;
    expect((await app.request("/api/v1/k", putting("acknowledged"))).status).toBe(200);
    expect((await app.request("/readyz")).status).toBe(200);
    disk.fail();
    for (const path of ["/api/v1/k", "/api/v1/k", "/api/v1/other"]) {
      const refused = await app.request(path, putting("lost"));
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ code });
    }
    expect(await (await app.request("/api/v1/k")).json()).toEqual({ value: "acknowledged" });
    expect((await app.request("/api/v1/other")).status).toBe(404);
    expect((await app.request("/livez")).status).toBe(200);
    for (const path of ["/readyz", "/leader"]) {
      const health = await app.request(path);
      expect(health.status).toBe(503);
      expect(await health.json()).toMatchObject({
        reason: "a database takes no writes: see /status",
      });
    }
    expect(await (await app.request("/status")).json()).toMatchObject({
      databases: [{ name: "default", poisoned: { message: expect.any(String) } }],
    });
  });
});

test("a follower whose disk fails is not ready, and its leader goes on", async () => {
  const disk = failingDisk("EIO");
  await using leader = await startTestNode({ node: { replicaTimeoutMs: 100 } });
  await using follower = await startTestNode({
    store: disk.store,
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leader) },
  });
  expect((await leader.app.request("/api/v1/k", putting(1))).status).toBe(200);
  await eventually(async () => expect((await follower.app.request("/api/v1/k")).status).toBe(200));
  disk.fail();
  expect((await leader.app.request("/api/v1/k", putting(2))).status).toBe(200);
  await eventually(async () => expect((await follower.app.request("/readyz")).status).toBe(503));
  // Of what is stored it tells nobody who has no token.
  expect(await (await follower.app.request("/readyz")).text()).not.toMatch(/default|EIO/);
  expect(await (await follower.app.request("/api/v1/k")).json()).toEqual({ value: 1 });
  expect((await leader.app.request("/readyz")).status).toBe(200);
});
