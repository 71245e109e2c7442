/** Writes of which the client does not know what became, repeated on another leader and in time. */
import { startNode } from "@boxerdb/replication";
import { expect, test } from "vitest";

import { createApp } from "../src/http/app.ts";

import { eventually } from "./eventually.ts";
import { peerUrlOf, putting, startTestNode, type TestNode } from "./test-node.ts";

const repeatable = { "idempotency-key": "8e03978e-40d5-43e8-bc93-6894a57f9324" };
const peer = { peerHost: "127.0.0.1", peerPort: 0, advertiseUrl: "http://other.example:8080" };

const valueOn = async ({ app }: Pick<TestNode, "app">): Promise<unknown> =>
  (await app.request("/api/v1/k")).json();

test("a follower that becomes the leader knows what was written by its predecessor", async () => {
  await using leader = await startTestNode();
  const leaderUrl = peerUrlOf(leader);
  await using follower = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl },
  });
  const first = await leader.app.request("/api/v1/k", putting(1, repeatable));
  await leader.app.request("/api/v1/k", putting(2));
  await eventually(async () => expect(await valueOn(follower)).toEqual({ value: 2 }));
  await follower.node.close();
  await leader.node.close();

  const { store, api } = follower;
  const options = { store, nodeId: "n2", role: "leader", writeQuorum: 1, log: api.log } as const;
  const node = await startNode({ ...options, ...peer });
  const promoted = { app: createApp({ ...api, node }) };
  const again = await promoted.app.request("/api/v1/k", putting(1, repeatable));
  expect(again.status).toBe(200);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
  expect(await valueOn(promoted)).toEqual({ value: 2 });
  await node.close();
});

test("a write of unknown outcome is repeated until it is known, and is done once", async () => {
  await using leader = await startTestNode({
    node: { writeQuorum: 2, commitTimeoutMs: 100, replicaTimeoutMs: 600_000 },
  });
  const following = {
    role: "follower",
    nodeId: "n2",
    leaderUrl: peerUrlOf(leader),
    writeQuorum: 2,
  } as const;
  await using follower = await startTestNode({ node: following });
  await eventually(async () =>
    expect((await leader.app.request("/api/v1/other", putting(0))).status).toBe(200),
  );
  await follower.node.close();
  const put = async (): Promise<Response> =>
    leader.app.request("/api/v1/k", putting(1, { ...repeatable, "if-none-match": "*" }));
  const unknown = await put();
  expect(unknown.status).toBe(504);
  expect(await unknown.json()).toMatchObject({
    code: "outcome_unknown",
    message: expect.stringContaining("idempotency key"),
  });

  const { store, api } = follower;
  const again = await startNode({ ...following, ...peer, store, log: api.log });
  const answer = await eventually(async () => {
    const response = await put();
    expect(response.status).toBe(200);
    return response;
  });
  expect(answer.headers.get("idempotency-replayed")).toBe("true");
  expect(await valueOn(leader)).toEqual({ value: 1 });
  const entries = await leader.app.request("/api/v1");
  const [entry] = [...(await entries.text()).matchAll(/"key":"k","value":1,"offset":(\d+)/g)];
  expect(answer.headers.get("etag")).toBe(`"${entry?.[1]}"`);
  await again.close();
});
