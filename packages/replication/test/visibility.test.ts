import { ConflictError, NotWritableError } from "@boxerdb/engine";
import { LeadershipLostError, NotLeaderError } from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { contentOf, expectCaughtUp } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { publicUrl, TestNode } from "./cluster/test-node.ts";
import { toldOfFollowed } from "./cluster/told-databases.ts";

/** Waits until so many nodes are in sync on the database. */
const untilInSync = (leader: TestNode, count: number): Promise<void> =>
  eventually(() => expect(leader.node.status()).toMatchObject({ databases: [{ inSync: count }] }));

describe("what is not committed", () => {
  test("is visible nowhere: not on the leader, nor on a follower that has it", async () => {
    // Time stands still, so that the follower that is held back stays in sync.
    await using leader = await TestNode.leader({ node: { clock: new ManualClock() } });
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using fast = await TestNode.follower(leader.peerUrl, { node: { nodeId: "fast" } });
    await using held = await TestNode.follower(proxy.url, { node: { nodeId: "held" } });
    const things = leader.collection();
    await things.put("stays", 1);
    await things.put("goes", 1);
    await expectCaughtUp(leader, fast);
    await expectCaughtUp(leader, held);
    await untilInSync(leader, 3);
    const before = await contentOf(leader.store);
    const committed = leader.open().highWatermark;

    proxy.hold();
    const batch = [
      { op: "put", collection: "things", key: "stays", value: 2 },
      { op: "delete", collection: "things", key: "goes" },
      { op: "put", collection: "others", key: "comes", value: 2 },
    ] as const;
    const written = leader.store.database("default").batch(batch);
    await eventually(() => expect(fast.open().log.acceptedOffset).toBe(committed + batch.length));
    for (const node of [leader, fast, held]) {
      expect(await contentOf(node.store)).toEqual(before);
      expect(node.collection().getEntry("stays")?.value).toBe(1);
      expect(await node.collection().has("goes")).toBe(true);
      expect(node.store.database("default").collections()).toHaveLength(1);
      using snapshot = node.store.database("default").snapshot();
      expect(snapshot.offset).toBe(committed);
      expect(node.open().highWatermark).toBe(committed);
    }
    // Conditions see what is on its way all the same, and wait for it before they answer.
    const stale = things.put("stays", 3, { ifOffset: things.getEntry("stays")?.offset ?? null });
    const answered = expect(stale).rejects.toThrow(ConflictError);

    proxy.release();
    expect(await written).toBe(committed + batch.length - 1);
    await answered;
    await expectCaughtUp(leader, fast);
    await expectCaughtUp(leader, held);
    expect(await held.collection().get("stays")).toBe(2);
    expect(await held.collection().has("goes")).toBe(false);
  });

  test("stays invisible over restarts, until it is committed", async () => {
    await using leader = await TestNode.leader({
      node: { writeQuorum: 2, clock: new ManualClock() },
    });
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await TestNode.follower(proxy.url);
    await eventually(() => leader.node.assertWritable("default"));
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    proxy.hold();
    const lost = expect(leader.collection().put("k", 2)).rejects.toThrow(LeadershipLostError);
    await eventually(() =>
      expect(leader.open().log.acceptedOffset).toBeGreaterThan(leader.open().highWatermark),
    );
    await leader.restart();
    await lost; // The caller does not know; the record is in the log.
    expect(await leader.collection().get("k")).toBe(1);
    proxy.release();
    await eventually(async () => expect(await leader.collection().get("k")).toBe(2));
    await expectCaughtUp(leader, follower);
  });
});

test("a batch appears whole on a follower, whenever one looks", async () => {
  await using leader = await TestNode.leader({ store: { segmentBytes: 16 << 10 } });
  await using follower = await TestNode.follower(leader.peerUrl);
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  await leader.collection().put("other", 0);
  await expectCaughtUp(leader, follower);
  let looks = 0;
  const things = follower.collection();
  const stopLooking = follower.open().onProgress(() => {
    looks++;
    expect(new Set(keys.map((key) => things.getSync(key))).size).toBe(1);
  });
  for (let round = 0; round < 100; round++) {
    const batch = keys.map(
      (key) =>
        ({ op: "put", collection: "things", key, value: `${round} ${"x".repeat(100)}` }) as const,
    );
    const written = leader.store.database("default").batch(batch);
    // Single writes share groups with the batches.
    await Promise.all([written, leader.collection().put("other", round)]);
  }
  await expectCaughtUp(leader, follower);
  stopLooking();
  expect(looks).toBeGreaterThan(0);
  expect(things.getSync("key-49")).toMatch(/^99 /);
});

describe("a follower", () => {
  test("refuses every write, and names the leader as soon as it knows it", async () => {
    await using leader = await TestNode.leader();
    await using proxy = await TcpProxy.start(leader.peerUrl);
    proxy.partition();
    await using follower = await TestNode.follower(proxy.url);
    const refusal = (): NotLeaderError => {
      try {
        follower.node.assertWritable("default");
      } catch (error) {
        if (error instanceof NotLeaderError) return error;
      }
      throw new Error("the write was not refused");
    };
    expect(refusal()).toMatchObject({ code: "NOT_LEADER", leaderUrl: undefined });
    proxy.restore();
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    expect(refusal()).toMatchObject({ leaderUrl: publicUrl });
    expect(refusal().message).toBe("This action is only available to the leader");
  });

  test("has an engine that refuses writes of its own", async () => {
    await using leader = await TestNode.leader();
    await using follower = await TestNode.follower(leader.peerUrl);
    await leader.collection().put("k", 1);
    await expectCaughtUp(leader, follower);
    const batch = [{ op: "delete", collection: "things", key: "k" }] as const;
    const writes = [
      () => follower.collection().put("k", 2),
      () => follower.collection().delete("k"),
      () => follower.store.database("default").batch(batch),
    ];
    const changes = [
      () => follower.collection("new").put("k", 1),
      () => follower.store.createDatabase("new"),
      () => follower.store.dropDatabase("default"),
    ];
    const expectRefused = async (): Promise<void> => {
      for (const write of writes) await expect(write()).rejects.toThrow(NotWritableError);
      for (const change of changes) await expect(change()).rejects.toThrow(NotLeaderError);
    };
    await expectRefused();
    await expectCaughtUp(leader, follower);
    await follower.restart();
    await expectRefused();
    await expectCaughtUp(leader, follower);
  });

  test("tells its lag and its contact with the leader", async () => {
    const clock = new ManualClock();
    await using leader = await TestNode.leader();
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await leader.collection().put("k", 1);
    await using follower = await TestNode.follower(proxy.url, { node: { clock } });
    await expectCaughtUp(leader, follower);
    expect(follower.node.lag("default")).toEqual({
      records: 0,
      sinceCaughtUpMs: 0,
      sinceContactMs: 0,
      isReached: true,
    });
    expect(follower.node.lag("unknown")).toEqual({
      records: undefined,
      sinceCaughtUpMs: undefined,
      sinceContactMs: undefined,
      isReached: false,
    });
    expect(leader.node.lag("default")).toBeUndefined();
    proxy.partition();
    await eventually(() =>
      expect(follower.node.status()).toMatchObject({ connected: false, leaderUrl: publicUrl }),
    );
    // It knows of nothing that it does not have, and cannot know whether there is more by now.
    await eventually(() => expect(pullFailures(follower)).toBeGreaterThan(0));
    clock.advance(100);
    const { sinceCaughtUpMs, sinceContactMs } = follower.node.lag("default") ?? {};
    expect(sinceContactMs).toBeGreaterThanOrEqual(100);
    expect(sinceCaughtUpMs).toBeGreaterThanOrEqual(100);
    clock.advance(60_000);
    proxy.restore();
    await eventually(() => expect(follower.node.lag("default")?.sinceCaughtUpMs).toBe(0));
  });
});

test("a follower is not caught up while its leader says nothing", async () => {
  const clock = new ManualClock();
  await using leader = await TestNode.leader();
  await using proxy = await TcpProxy.start(leader.peerUrl);
  await leader.collection().put("k", 1);
  await using follower = await TestNode.follower(proxy.url, { node: { clock } });
  await expectCaughtUp(leader, follower);
  proxy.hold();
  await eventually(() => {
    clock.advance(2_001);
    expect(follower.node.lag("default")).toMatchObject({ records: 0, isReached: false });
  });
  // No pull has failed: the connection is there.
  expect(pullFailures(follower)).toBe(0);
  expect(follower.node.lag("default")?.sinceCaughtUpMs).toBeGreaterThanOrEqual(2_001);
  proxy.release();
  await eventually(() => expect(follower.node.lag("default")?.sinceCaughtUpMs).toBe(0));
});

function pullFailures(follower: TestNode): number | undefined {
  return toldOfFollowed(follower.node)?.pulled.failures;
}
