import { expect, test } from "vitest";

import packageJson from "../../package.json" with { type: "json" };
import { putting, startTestNode } from "../../test/test-node.ts";

test("the status tells what the node is and holds", async () => {
  await using leader = await startTestNode();
  await leader.app.request("/api/v1/k", putting(1));
  const response = await leader.app.request("/status");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    node: "n1",
    url: "http://node.example:8080",
    role: "leader",
    ready: true,
    reason: null,
    followers: [],
    epoch: expect.any(Number),
    writeQuorum: 1,
    closing: false,
    store: leader.store.id,
    databases: [
      {
        name: "default",
        id: expect.any(String),
        epoch: expect.any(Number),
        keys: 1,
        bytes: expect.any(Number),
        offsets: {
          end: expect.any(Number),
          synced: expect.any(Number),
          highWatermark: expect.any(Number),
          applied: expect.any(Number),
          purgeFloor: expect.any(Number),
        },
        segments: [{ sealed: false }],
        compaction: { runs: 0, debt: 0 },
        checkpoint: { offset: 0, written: 0 },
        indexBytes: expect.any(Number),
        openSnapshots: 0,
        openFeeds: 0,
        followers: [],
      },
    ],
    cache: { hits: expect.any(Number), misses: expect.any(Number), bytes: expect.any(Number) },
    memory: { rss: expect.any(Number), heapUsed: expect.any(Number), index: expect.any(Number) },
    versions: {
      boxerdb: packageJson.version,
      node: process.version,
      format: expect.any(Number),
    },
    pid: process.pid,
    uptimeSeconds: expect.any(Number),
  });
});
