import { getActiveResourcesInfo } from "node:process";

import { describe, expect, test } from "vitest";

import { expectCaughtUp, expectSameRecords } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";
import { toldOfFollowed } from "./cluster/told-databases.ts";

const values = { count: 300, bytes: 20_000 };

/** Writes more than one pull carries. */
async function writeBacklog(leader: TestNode): Promise<void> {
  const writes = Array.from({ length: values.count }, (_, index) =>
    leader.collection().put(`key-${index}`, `${index} ${"x".repeat(values.bytes)}`),
  );
  await Promise.all(writes);
}

const untilInSync = (leader: TestNode, count: number): Promise<void> =>
  eventually(() => expect(leader.node.status()).toMatchObject({ databases: [{ inSync: count }] }));

const unread = "cannot read what the cluster has agreed on: going on with what is known";

function pullFailures(follower: TestNode): number {
  return toldOfFollowed(follower.node)?.pulled.failures ?? 0;
}

describe("a connection that is cut in the middle of a pull", () => {
  test.each([100, 10_000, 1_000_000])("after %i bytes: the follower pulls again", async (bytes) => {
    await using leader = await TestNode.leader();
    await writeBacklog(leader);
    await using proxy = await TcpProxy.start(leader.peerUrl);
    let passed = 0;
    let cuts = 0;
    proxy.filter = (chunk) => {
      passed += chunk.byteLength;
      if (passed < bytes || cuts === 3) return chunk;
      passed = 0;
      cuts++;
      return "cut";
    };
    await using follower = await TestNode.follower(proxy.url);
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
    expect(cuts).toBe(3);
  });

  test("under writes, again and again: all is copied once", async () => {
    await using leader = await TestNode.leader();
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await TestNode.follower(proxy.url);
    await leader.collection().put("k", 0);
    await expectCaughtUp(leader, follower);
    for (let round = 1; round <= 10; round++) {
      const writes = Array.from({ length: 20 }, (_, index) =>
        leader.collection().put(`key-${index}`, round),
      );
      proxy.cut();
      await Promise.all(writes);
    }
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
  });
});

describe("a follower whose connection is lost", () => {
  test("leaves the in-sync replicas at once while its pull waits", async () => {
    await using leader = await TestNode.leader({ node: { clock: new ManualClock() } });
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await TestNode.follower(proxy.url);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await untilInSync(leader, 2);
    proxy.partition();
    await untilInSync(leader, 1);
    await leader.collection().put("k", 2);
    proxy.restore();
    await expectCaughtUp(leader, follower);
    await untilInSync(leader, 2);
  });

  test("leaves them at once between two pulls too, so that writers do not wait for it", async () => {
    // Time stands still: nobody is ever late.
    await using leader = await TestNode.leader({ node: { clock: new ManualClock() } });
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await TestNode.follower(proxy.url);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await untilInSync(leader, 2);
    // The answer to its pull has left the leader and has not reached the follower.
    proxy.hold();
    const write = leader.collection().put("k", 2);
    const end = leader.open().log.endOffset + 1;
    await eventually(() => expect(leader.open().log.acceptedOffset).toBe(end));
    proxy.partition();
    await write;
    expect(await leader.collection().get("k")).toBe(2);
  });

  test("is in sync when it is back by another connection, however late the old one ends", async () => {
    await using leader = await TestNode.leader({
      node: { clock: new ManualClock(), writeQuorum: 2 },
    });
    await using old = await TcpProxy.start(leader.peerUrl);
    await using follower = await TestNode.follower(old.url);
    await eventually(() => leader.node.assertWritable("default"));
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    // The leader still believes in the connection when the follower is back.
    old.hold();
    await follower.restart({ node: { leaderUrl: leader.peerUrl } });
    await leader.collection().put("k", 2);
    await expectCaughtUp(leader, follower);
    expect(old.connections).toBeGreaterThan(1);
    await old[Symbol.asyncDispose]();
    await leader.collection().put("k", 3);
    expect(() => leader.node.assertWritable("default")).not.toThrow();
    expect(() => leader.node.assertWritable("one that does not exist yet")).not.toThrow();
    await untilInSync(leader, 2);
    await expectCaughtUp(leader, follower);
  });
});

test("a leader that pauses is followed again when it goes on", async () => {
  await using leader = await TestNode.leader({ node: { replicaTimeoutMs: 500 } });
  await using proxy = await TcpProxy.start(leader.peerUrl);
  await using follower = await TestNode.follower(proxy.url);
  await leader.collection().put("k", 1);
  await expectCaughtUp(leader, follower);
  proxy.hold();
  // It leaves the in-sync replicas when the timeout is over, and the write does not wait for ever.
  await leader.collection().put("k", 2);
  expect(follower.collection().getSync("k")).toBe(1);
  proxy.release();
  await expectCaughtUp(leader, follower);
  await untilInSync(leader, 2);
});

test("two directories under one node id are two copies", async () => {
  await using leader = await TestNode.leader();
  await using first = await TestNode.follower(leader.peerUrl);
  await using second = await TestNode.follower(leader.peerUrl);
  expect(first.node.nodeId).toBe(second.node.nodeId);
  await writeBacklog(leader);
  await leader.collection().put("k", 1);
  await expectCaughtUp(leader, first);
  await expectCaughtUp(leader, second);
  await untilInSync(leader, 3);
  await first.stop();
  await untilInSync(leader, 2);
  await leader.collection().put("k", 2);
  await expectCaughtUp(leader, second);
});

describe("close", () => {
  const sockets = (): number =>
    getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length;

  test("of a follower ends its waiting pulls, and leaves nothing behind", async () => {
    const clock = new ManualClock();
    await using leader = await TestNode.leader();
    await leader.collection("one").put("k", 1);
    await leader.collection("two").put("k", 1);
    const before = sockets();
    await using follower = await TestNode.follower(leader.peerUrl, { node: { clock } });
    await expectCaughtUp(leader, follower);
    await follower.node.close();
    await follower.node.close();
    expect(clock.timers).toBe(0);
    await eventually(() => expect(sockets()).toBe(before));
    expect(leader.node.status()).toMatchObject({ databases: [{ inSync: 1 }, { inSync: 1 }] });
  });

  test("of a follower that cannot reach its leader does not wait", async () => {
    const clock = new ManualClock(); // The pauses before the next attempts never end by themselves.
    await using leader = await TestNode.leader();
    const { peerUrl } = leader;
    await leader.stop();
    await using follower = await TestNode.follower(peerUrl, { node: { clock } });
    await eventually(() => expect(follower.log.count(unread)).toBe(1));
    await follower.node.close();
    expect(clock.timers).toBe(0);
    expect(follower.log.errorsOf(unread)).toEqual([expect.stringContaining("cannot be reached")]);
  });

  test("of a leader cuts the pulls that wait, and leaves nothing behind", async () => {
    const clock = new ManualClock();
    const before = sockets();
    await using leader = await TestNode.leader({ node: { clock } });
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    await leader.node.close();
    await leader.node.close();
    await eventually(() => expect(follower.node.status()).toMatchObject({ connected: false }));
    await eventually(() => expect(clock.timers).toBe(0));
    await follower.stop();
    await eventually(() => expect(sockets()).toBe(before));
  });

  test("of a leader lets its port go, for the next one", async () => {
    await using leader = await TestNode.leader();
    const port = leader.node.peerPort ?? 0;
    await using other = await TestNode.leader();
    await other.stop();
    await expect(other.start({ node: { peerPort: port } })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    await leader.stop();
    await other.start({ node: { peerPort: port } });
    expect(other.node.peerPort).toBe(port);
  });
});

test("an unreachable leader is told of once for every reason, not at every attempt", async () => {
  await using leader = await TestNode.leader();
  await leader.collection().put("k", 0);
  const clock = new ManualClock();
  await using follower = await TestNode.follower(leader.peerUrl, { node: { clock } });
  await expectCaughtUp(leader, follower);
  for (const outages of [1, 2]) {
    await leader.stop();
    await eventually(() => expect(follower.node.status()).toMatchObject({ connected: false }));
    for (let attempt = 0; attempt < 10; attempt++) {
      const failures = pullFailures(follower);
      await eventually(() => {
        clock.advance(500);
        expect(pullFailures(follower)).toBeGreaterThan(failures);
      });
    }
    await leader.start();
    await leader.collection().put("k", outages);
    await eventually(() => {
      clock.advance(500);
      expect(follower.node.status()).toMatchObject({ connected: true });
      expect(follower.collection().getSync("k")).toBe(outages);
    });
    // First the connection is closed, then there is nobody to connect to.
    for (const message of [unread, "pull failed, retrying"]) {
      expect(follower.log.count(message)).toBeGreaterThanOrEqual(outages);
      expect(follower.log.count(message)).toBeLessThanOrEqual(2 * outages);
    }
  }
});
