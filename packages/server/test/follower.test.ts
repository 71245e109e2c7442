import { startNode } from "@boxerdb/replication";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { peerUrlOf, putting, sending, startTestNode, type TestNode } from "./test-node.ts";

let leader: TestNode;
let follower: TestNode;
beforeAll(async () => {
  leader = await startTestNode();
  follower = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leader) },
  });
});
afterAll(async () => {
  await follower[Symbol.asyncDispose]();
  await leader[Symbol.asyncDispose]();
});

const onFollower = async (path: string) => {
  const response = await follower.app.request(path);
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe("a follower", () => {
  test("answers what the leader took, with its offset and its lag", async () => {
    const put = await leader.app.request("/api/v1/k", putting({ n: 1 }));
    const etag = put.headers.get("etag");
    await eventually(async () => {
      const { status, headers, body } = await onFollower("/api/v1/k");
      expect(status).toBe(200);
      expect(body).toEqual({ value: { n: 1 } });
      expect(headers.get("etag")).toBe(etag);
      expect(headers.get("boxerdb-lag")).toBe("0");
      expect(`"${headers.get("boxerdb-offset")}"`).toBe(etag);
    });
    expect((await onFollower("/api/v1")).body).toMatchObject({ entries: [{ key: "k" }] });
  });

  test("refuses every write with the words of the first BoxerDB, and names the leader", async () => {
    await eventually(async () => expect((await onFollower("/readyz")).status).toBe(200));
    const writes: [string, RequestInit][] = [
      ["/api/v1/k", putting(2)],
      ["/api/v1/k", sending("POST", { value: 2 })],
      ["/api/v1/k", { method: "DELETE" }],
      ["/api/v2/app/users/k", putting(2)],
      ["/api/v2/app", { method: "PUT" }],
      ["/api/v2/app", { method: "DELETE" }],
      [
        "/api/v2/app/_batch",
        sending("POST", { operations: [{ op: "delete", collection: "c", key: "k" }] }),
      ],
    ];
    for (const [path, init] of writes) {
      const response = await follower.app.request(path, init);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({
        code: "not_leader",
        message: "This action is only available to the leader",
        leader: "http://leader.example:8080",
      });
    }
  });

  test("says what it is", async () => {
    await eventually(async () => {
      expect((await onFollower("/follower")).status).toBe(200);
      expect((await onFollower("/follower?lag=0")).status).toBe(200);
      expect((await onFollower("/leader")).status).toBe(503);
      expect((await onFollower("/status")).body).toMatchObject({
        node: "n2",
        role: "follower",
        databases: [{ name: "default", lag: { records: 0 } }],
      });
      // It learns with the next pull what the follower has.
      const status = await leader.app.request("/status");
      expect(await status.json()).toMatchObject({
        role: "leader",
        databases: [{ followers: [{ nodeId: "n2", lagRecords: 0 }] }],
      });
    });
  });

  test("takes over databases that are created and dropped on the leader", async () => {
    await leader.app.request("/api/v2/extra/things/k", putting(1));
    await eventually(async () =>
      expect(await onFollower("/api/v2/extra/things/k")).toMatchObject({ body: { value: 1 } }),
    );
    await leader.app.request("/api/v2/extra", { method: "DELETE" });
    await eventually(async () => expect((await onFollower("/api/v2/extra")).status).toBe(404));
  });
});

test("a follower that its leader does not answer is not within any lag", async () => {
  const leading = await startTestNode();
  await leading.app.request("/api/v1/k", putting(1));
  await using following = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leading) },
  });
  const health = async () => following.app.request("/follower?lag=1000000");
  await eventually(async () => expect((await health()).status).toBe(200));
  await leading[Symbol.asyncDispose]();
  await eventually(async () => expect((await health()).status).toBe(503));
  expect(await (await health()).json()).toMatchObject({
    reason: expect.stringContaining("the leader does not answer"),
  });
  expect((await following.app.request("/readyz")).status).toBe(200);
});

test("a leader that must not acknowledge alone says so, until a follower has joined", async () => {
  await using strict = await startTestNode({ node: { writeQuorum: 2 } });
  const refused = await strict.app.request("/api/v1/k", putting(1));
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({
    code: "not_enough_replicas",
    required: 2,
    available: 1,
  });
  await using second = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(strict), writeQuorum: 2 },
  });
  await eventually(async () =>
    expect((await strict.app.request("/api/v1/k", putting(1))).status).toBe(200),
  );
  await eventually(async () =>
    expect(await (await second.app.request("/api/v1/k")).json()).toEqual({ value: 1 }),
  );
});

test("a write that is not committed in time has an unknown outcome, and may yet be", async () => {
  await using strict = await startTestNode({
    node: { writeQuorum: 2, commitTimeoutMs: 100, replicaTimeoutMs: 600_000 },
  });
  const following = {
    role: "follower",
    nodeId: "n2",
    leaderUrl: peerUrlOf(strict),
    writeQuorum: 2,
  } as const;
  await using second = await startTestNode({ node: following });
  const put = async (value: number) => strict.app.request("/api/v1/k", putting(value));
  const value = async (): Promise<unknown> => (await strict.app.request("/api/v1/k")).json();
  await eventually(async () => expect((await put(1)).status).toBe(200));

  await second.node.close();
  const unknown = await put(2);
  expect(unknown.status).toBe(504);
  expect(await unknown.json()).toMatchObject({ code: "outcome_unknown" });
  expect(await value()).toEqual({ value: 1 });

  const again = await startNode({
    ...following,
    store: second.store,
    peerHost: "127.0.0.1",
    peerPort: 0,
    advertiseUrl: "http://follower.example:8080",
    log: second.api.log,
  });
  await eventually(async () => expect(await value()).toEqual({ value: 2 }));
  await again.close();
});
