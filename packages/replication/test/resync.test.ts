/** Followers that cannot go on where they were, and copy all anew beside what they have. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { FaultyFileSystem, nodeFileSystem, open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { replicaOf } from "../src/database-log.ts";

import { contentOf, expectCaughtUp, expectSameRecords } from "./cluster/content.ts";
import { eventually } from "./cluster/eventually.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

const store = { segmentBytes: 16 << 10, compaction: "manual" } as const;
const value = "x".repeat(12_000);

const begun = "copying the database anew";
const completed = "a new copy of the database has taken the old one's place";

/** Has a leader's node delete and purge, alone, so that no tombstone is left of what it deleted. */
async function purge(leader: TestNode, keys: number): Promise<void> {
  await leader.stop();
  await using alone = await open(leader.directory, store);
  const things = alone.database("default").collection("things");
  const putTen = async (first: number): Promise<void> => {
    const writes = Array.from({ length: 10 }, (_, step) =>
      things.put(`kept-${first + step}`, value),
    );
    await Promise.all(writes);
  };
  for (let first = 0; first < keys; first += 10) await putTen(first);
  await things.delete("early");
  // What stands beside the tombstone is replaced, so that it is worth compacting.
  for (let again = 0; again < 3; again++) await putTen(keys - 10);
  await alone.compact();
  expect(alone.database("default").open?.log.purgeFloor).toBeGreaterThan(keys);
}

/** A leader and a follower that is stopped and below the leader's purge floor, which `keys` puts there. */
async function belowPurgeFloor(
  owned: AsyncDisposableStack,
  keys: number,
): Promise<{ readonly leader: TestNode; readonly proxy: TcpProxy; readonly follower: TestNode }> {
  const leader = owned.use(await TestNode.leader({ store }));
  const proxy = owned.use(await TcpProxy.start(leader.peerUrl));
  const follower = owned.use(await TestNode.follower(proxy.url, { store }));
  await leader.collection().put("early", value);
  await expectCaughtUp(leader, follower);
  await follower.stop();
  await purge(leader, keys);
  await leader.start();
  return { leader, proxy, follower };
}

/** How many keys have values of more bytes than one pull brings. */
const twoPulls = 500;

/** Passes on what the leader answers until there were so many bytes, then holds all. */
function holdAfter(proxy: TcpProxy, bytes: number): { isHolding: boolean } {
  const held = { isHolding: false };
  let passed = 0;
  proxy.filter = (chunk) => {
    passed += chunk.byteLength;
    if (passed > bytes && !held.isHolding) {
      held.isHolding = true;
      proxy.hold();
    }
    return chunk;
  };
  return held;
}

const replicaIdOf = (node: TestNode): string =>
  replicaOf(node.node.nodeId, node.store, node.open()).directoryId;

test("a follower below the purge floor copies all anew: what was deleted meanwhile is gone", async () => {
  await using owned = new AsyncDisposableStack();
  const { leader, follower } = await belowPurgeFloor(owned, 30);
  await follower.start();
  await expectCaughtUp(leader, follower);
  await expectSameRecords(leader, follower);
  expect(await follower.collection().has("early")).toBe(false);
  expect(follower.log.reasonsOf(begun)).toEqual([
    expect.stringMatching(/^the leader has dropped tombstones below offset \d+$/),
  ]);
  expect(follower.log.count(completed)).toBe(1);
  expect(follower.node.readiness()).toEqual({ ready: true });
  // It goes on from there.
  await leader.collection().put("k", 1);
  await follower.restart();
  await expectCaughtUp(leader, follower);
  await expectSameRecords(leader, follower);
  expect(follower.log.count(begun)).toBe(1);
  expect(await readdir(join(follower.directory, "databases"))).toEqual(["default"]);
});

test("what was there answers reads until the copy is whole, and then another replica does", async () => {
  await using owned = new AsyncDisposableStack();
  const { leader, proxy, follower } = await belowPurgeFloor(owned, twoPulls);
  const held = holdAfter(proxy, 5 << 20);
  await follower.start();
  await eventually(() => expect(held.isHolding).toBe(true));
  const before = replicaIdOf(follower);
  expect(await follower.collection().get("early")).toBe(value);
  expect(await follower.collection().has("kept-0")).toBe(false);
  expect(follower.log.count(completed)).toBe(0);
  // One that has not all that is committed is nobody to wait for.
  expect(leader.node.status()).toMatchObject({
    databases: [{ inSync: 1, followers: [{ reason: expect.stringMatching(/^it (has|keeps)/) }] }],
  });
  const goal = leader.open().log.acceptedOffset;
  expect(follower.node.status()).toMatchObject({
    databases: [{ isInSync: false, resync: { offset: expect.any(Number), goal } }],
  });
  await leader.collection().put("k", 1);
  proxy.filter = (chunk) => chunk;
  proxy.release();
  await expectCaughtUp(leader, follower);
  expect(replicaIdOf(follower)).not.toBe(before);
  expect(await follower.collection().has("early")).toBe(false);
  await eventually(() =>
    expect(leader.node.status()).toMatchObject({
      databases: [
        {
          inSync: 2,
          followers: expect.arrayContaining([expect.objectContaining({ reason: null })]),
        },
      ],
    }),
  );
  await eventually(() =>
    expect(follower.node.status()).toMatchObject({
      databases: [{ isInSync: true, resync: null, remainingMs: 0 }],
    }),
  );
});

test.each(["follower", "leader"])(
  "a copy during which the %s is started again is begun anew, and made whole",
  async (who) => {
    await using owned = new AsyncDisposableStack();
    const { leader, proxy, follower } = await belowPurgeFloor(owned, twoPulls);
    const held = holdAfter(proxy, 5 << 20);
    await follower.start();
    await eventually(() => expect(held.isHolding).toBe(true));
    proxy.filter = (chunk) => chunk;
    if (who === "follower") await follower.stop();
    else await leader.stop();
    proxy.partition();
    proxy.release();
    proxy.restore();
    if (who === "follower") {
      await follower.start();
      expect(await follower.collection().get("early")).toBe(value);
    } else {
      await leader.start();
    }
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
    expect(follower.log.count(begun)).toBe(2);
    expect(follower.log.count(completed)).toBe(1);
    expect(await contentOf(follower.store)).toEqual(await contentOf(leader.store));
  },
);

test("a first copy of a log that was purged needs no second one, however many pulls it takes", async () => {
  await using leader = await TestNode.leader({ store });
  await leader.collection().put("early", value);
  await purge(leader, 800);
  await leader.start();
  await using follower = await TestNode.follower(leader.peerUrl, { store });
  await expectCaughtUp(leader, follower);
  expect(follower.log.count(begun)).toBe(0);
  expect(await follower.collection().has("early")).toBe(false);
  expect(await follower.collection().has("kept-799")).toBe(true);
  await follower.restart();
  await leader.collection().put("k", 1);
  await expectCaughtUp(leader, follower);
});

test.each([
  { when: "when it is begun", isBegun: false },
  { when: "when a part of it is there", isBegun: true },
])("a copy that the disk refuses $when is made as soon as it takes it", async ({ isBegun }) => {
  await using owned = new AsyncDisposableStack();
  const { leader, proxy, follower } = await belowPurgeFloor(owned, twoPulls);
  let isFailing = !isBegun;
  const fileSystem = new FaultyFileSystem(nodeFileSystem, ({ kind, path }) =>
    isFailing && kind === "datasync" && path.includes("resync") ? new Error("EIO") : undefined,
  );
  if (isBegun) {
    const held = holdAfter(proxy, 5 << 20);
    await follower.start({ store: { ...store, fileSystem } });
    await eventually(() => expect(held.isHolding).toBe(true));
    isFailing = true;
    proxy.filter = (chunk) => chunk;
    proxy.release();
    await eventually(() => {
      expect(
        follower.log.count("giving up the copy that was begun, as it cannot be written"),
      ).toBeGreaterThan(0);
    });
  } else {
    await follower.start({ store: { ...store, fileSystem } });
  }
  await eventually(() => expect(follower.log.count("stopped following")).toBeGreaterThan(1));
  expect(await follower.collection().has("early")).toBe(true);
  isFailing = false;
  await expectCaughtUp(leader, follower);
  expect(await follower.collection().has("early")).toBe(false);
});

test("a copy that cannot take the place of the log is given up, and made as soon as it can", async () => {
  await using owned = new AsyncDisposableStack();
  const { leader, follower } = await belowPurgeFloor(owned, twoPulls);
  let isFailing = true;
  const fileSystem = new FaultyFileSystem(nodeFileSystem, ({ kind, path }) =>
    isFailing && kind === "rename" && path.endsWith(".resync") ? new Error("EIO") : undefined,
  );
  await follower.start({ store: { ...store, fileSystem } });
  await eventually(() => expect(follower.log.count("stopped following")).toBeGreaterThan(1));
  expect(await follower.collection().has("early")).toBe(true);
  // What was closed cannot take this.
  await leader.collection().put("late", value);
  isFailing = false;
  await expectCaughtUp(leader, follower);
  expect(await follower.collection().has("early")).toBe(false);
});
