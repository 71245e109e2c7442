import { expect, test } from "vitest";

import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import { protocolVersion } from "../src/protocol/messages.ts";

import { expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

test("databases that are created and dropped on the leader are so on a follower", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl);
  await leader.store.createDatabase("empty");
  await leader.collection("a").put("k", 1);
  await leader.collection("A").put("k", 2);
  await expectCaughtUp(leader, follower);
  expect(await follower.collection("A").get("k")).toBe(2);
  await leader.store.dropDatabase("a");
  await leader.store.dropDatabase("empty");
  await expectCaughtUp(leader, follower);
  expect(follower.store.databases().map(({ name }) => name)).toEqual(["A"]);
  await leader.store.dropDatabase("A");
  await expectCaughtUp(leader, follower);
  expect(follower.store.databases()).toEqual([]);
});

test("what happened while the follower was down is made up for", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl);
  await leader.collection("stays").put("k", 1);
  await leader.collection("goes").put("k", 1);
  await leader.collection("is-replaced").put("old", 1);
  await expectCaughtUp(leader, follower);
  await follower.stop();
  await leader.store.dropDatabase("goes");
  await leader.store.dropDatabase("is-replaced");
  await leader.collection("is-replaced").put("new", 1);
  await leader.collection("comes").put("k", 1);
  await follower.start();
  await expectCaughtUp(leader, follower);
  expect(await follower.collection("is-replaced").has("old")).toBe(false);
  expect(await follower.collection("is-replaced").has("new")).toBe(true);
});

test("a database that is dropped and created again under its name is another one", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl);
  for (let life = 0; life < 5; life++) {
    await leader.collection().put(`life-${life}`, life);
    if (life % 2 === 0) await expectCaughtUp(leader, follower);
    await leader.store.dropDatabase("default");
  }
  await leader.collection().put("last", 1);
  await expectCaughtUp(leader, follower);
  expect(await Array.fromAsync(follower.collection().keys())).toEqual(["last"]);
});

test("what happened while the leader could not be reached is made up for, over its restart", async () => {
  await using leader = await TestNode.leader();
  await using proxy = await TcpProxy.start(leader.peerUrl);
  await using follower = await TestNode.follower(proxy.url);
  await leader.collection("goes").put("k", 1);
  await leader.collection("stays").put("k", 1);
  await expectCaughtUp(leader, follower);
  proxy.partition();
  await leader.store.dropDatabase("goes");
  await leader.collection("comes").put("k", 1);
  await leader.restart();
  await leader.collection("stays").put("k", 2);
  await eventually(() => expect(follower.node.status()).toMatchObject({ connected: false }));
  expect(await follower.collection("goes").get("k")).toBe(1);
  proxy.restore();
  await expectCaughtUp(leader, follower);
});

test("a new database starts with all followers that are there", async () => {
  await using leader = await TestNode.leader({ node: { writeQuorum: 2 } });
  await using follower = await TestNode.follower(leader.peerUrl);
  await eventually(() => expect(() => leader.node.assertWritable("new")).not.toThrow());
  // No follower has ever pulled it, and nothing is lost by counting on one.
  await leader.collection("new").put("k", 1);
  expect(leader.open("new").highWatermark).toBeLessThanOrEqual(
    follower.open("new").log.acceptedOffset,
  );
  await expectCaughtUp(leader, follower);
});

test("many databases are followed at once", async () => {
  await using leader = await TestNode.leader();
  const names = Array.from({ length: 30 }, (_, index) => `db-${index}`);
  await Promise.all(names.map((name) => leader.collection(name).put("k", name)));
  await using follower = await TestNode.follower(leader.peerUrl);
  await expectCaughtUp(leader, follower);
  await Promise.all(names.map((name) => leader.collection(name).put("k", `${name} again`)));
  await expectCaughtUp(leader, follower);
});

test("two directories under one node id are no news to each other", async () => {
  await using leader = await TestNode.leader();
  await using first = await TestNode.follower(leader.peerUrl);
  await using second = await TestNode.follower(leader.peerUrl);
  await leader.collection().put("k", 1);
  await expectCaughtUp(leader, first);
  await expectCaughtUp(leader, second);
  const client = new HttpPeerClient(leader.peerUrl);
  const message = {
    protocol: protocolVersion,
    nodeId: "by-hand",
    storeId: "no-disk",
    processId: "",
    version: 0,
    publicUrl: "http://by-hand.example",
    waitMs: 0,
  } as const;
  const ask = () => client.catalog(message, new AbortController().signal);
  try {
    await eventually(async () => {
      const { version } = await ask();
      for (let again = 0; again < 20; again++) expect(await ask()).toMatchObject({ version });
    });
  } finally {
    await client.close();
  }
});

test("writes that come while their database is being created wait with the first, and are done", async () => {
  await using leader = await TestNode.leader();
  const things = leader.collection("new");
  const writes: Promise<number>[] = [];
  while (leader.store.database("new").collection("things").count() === 0) {
    leader.node.assertWritable("new");
    writes.push(things.put(`key ${writes.length}`, 1));
    await new Promise(setImmediate);
  }
  expect(await Promise.all(writes)).toEqual(writes.map((_, index) => index + 1));
});
