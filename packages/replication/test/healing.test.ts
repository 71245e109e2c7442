import { writeFile } from "node:fs/promises";

import {
  CorruptionError,
  FaultyFileSystem,
  nodeFileSystem,
  PoisonedError,
  verifyDirectory,
  type Collection,
} from "@boxerdb/engine";
import { expect, test } from "vitest";

import { HttpPeerClient } from "../src/http/http-peer-client.ts";
import { protocolVersion } from "../src/protocol/messages.ts";

import { contentOf, expectCaughtUp } from "./cluster/content.ts";
import { flipByte, loseDirectory } from "./cluster/damage.ts";
import { ElectedCluster } from "./cluster/elected-cluster.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TestNode } from "./cluster/test-node.ts";

const store = { damagedDatabases: "set aside", segmentBytes: 4_096, checkpoint: "manual" } as const;

interface Node {
  readonly directory: string;
  collection(): Collection;
}

async function fill(leader: Node): Promise<void> {
  const things = leader.collection();
  const value = "x".repeat(500);
  await Promise.all(Array.from({ length: 30 }, (_, key) => things.put(`k${key}`, value)));
}

test("a follower whose log is damaged sets it aside, copies all anew, and tells", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl, { store });
  await fill(leader);
  await expectCaughtUp(leader, follower);
  await follower.stop();
  await flipByte(follower);
  const events: string[] = [];
  await follower.start({ store: { ...store, onEvent: ({ type }) => events.push(type) } });
  expect(events).toContain("set-aside");
  const [aside] = follower.store.setAside;
  expect(aside).toMatchObject({ name: "default", path: `${follower.directory}/damaged/default-1` });
  await leader.collection().put("later", 1);
  await expectCaughtUp(leader, follower);
  expect(await contentOf(follower.store)).toEqual(await contentOf(leader.store));
  // What is wrong with it can still be looked at.
  expect((await verifyDirectory(aside?.path ?? "")).ok).toBe(false);
});

test("a follower whose log is damaged while it runs copies all anew beside it, and tells", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl);
  const events: string[] = [];
  // Without a cache, so that every read is one of the disk.
  await follower.restart({
    store: { ...store, memoryBytes: 0, onEvent: ({ type }) => events.push(type) },
  });
  await fill(leader);
  await expectCaughtUp(leader, follower);
  await flipByte(follower);
  await expect(contentOf(follower.store)).rejects.toThrow(CorruptionError);
  await eventually(() => expect(follower.open().log.damage).toBeUndefined());
  await expectCaughtUp(leader, follower);
  expect(events.filter((type) => type === "damaged")).toHaveLength(1);
  expect(follower.log.count("copying the database anew")).toBe(1);
  await follower.stop();
  expect((await verifyDirectory(follower.directory)).ok).toBe(true);
});

test("a follower whose disk has failed opens its log again, and follows", async () => {
  await using leader = await TestNode.leader({ node: { replicaTimeoutMs: 500 } });
  await using follower = await TestNode.follower(leader.peerUrl);
  let isFailing = false;
  const fileSystem = new FaultyFileSystem(nodeFileSystem, ({ kind }) =>
    isFailing && kind === "datasync" ? new Error("EIO: the disk failed") : undefined,
  );
  await follower.restart({ store: { fileSystem } });
  await leader.collection().put("k", 1);
  await expectCaughtUp(leader, follower);
  isFailing = true;
  await leader.collection().put("k", 2);
  await eventually(() => expect(follower.open().failure).toBeInstanceOf(PoisonedError));
  isFailing = false;
  await expectCaughtUp(leader, follower);
  expect(await follower.collection().get("k")).toBe(2);
  expect(follower.log.count("opening the database again after a failure")).toBeGreaterThan(0);
});

test("a follower that could not begin a new copy at once begins it later", async () => {
  await using leader = await TestNode.leader({ node: { replicaTimeoutMs: 500 } });
  await using follower = await TestNode.follower(leader.peerUrl);
  let isFailing = false;
  let refused = 0;
  const fileSystem = new FaultyFileSystem(nodeFileSystem, ({ kind, path }) => {
    if (isFailing && kind === "datasync") return new Error("EIO: the disk failed");
    const isNew = path.includes("_default.creating") && follower.store.setAside.length > 0;
    if (!isNew || refused === 3) return undefined;
    refused += 1;
    return new Error("EIO: the disk failed");
  });
  await follower.restart({ store: { ...store, fileSystem } });
  await fill(leader);
  await expectCaughtUp(leader, follower);
  isFailing = true;
  await leader.collection().put("k", 2);
  await eventually(() => expect(follower.open().failure).toBeInstanceOf(PoisonedError));
  await writeFile(`${follower.directory}/databases/default/DATABASE`, "damaged");
  isFailing = false;
  await eventually(() => expect(refused).toBe(3));
  await expectCaughtUp(leader, follower);
  expect(follower.store.setAside).toHaveLength(1);
  expect(follower.store.setAside).toHaveLength(1);
});

test("a leader whose log is damaged leaves the lead to another node, and copies all anew", async () => {
  await using cluster = await ElectedCluster.start();
  const { leader } = cluster;
  await fill(leader);
  await cluster.expectSame();
  await flipByte(leader);
  expect((await leader.store.verify()).ok).toBe(false);
  const next = await cluster.untilSucceeded(leader);
  await next.node.committed(next.collection().put("later", 1));
  await eventually(() => expect(leader.open().log.damage).toBeUndefined());
  await cluster.expectSame();
  expect(leader.log.count("leaving the lead to another node, as the log is damaged here")).toBe(1);
  expect(leader.log.count("copying the database anew")).toBe(1);
});

test("a follower whose disk is emptied copies all anew, as another replica", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl, { store });
  await fill(leader);
  await expectCaughtUp(leader, follower);
  const before = follower.store.id;
  await follower.stop();
  await loseDirectory(follower);
  await follower.start();
  await expectCaughtUp(leader, follower);
  expect(follower.store.id).not.toBe(before);
  expect(await contentOf(follower.store)).toEqual(await contentOf(leader.store));
});

test("a pull that waits is answered as soon as the leader's log has failed", async () => {
  let isFailing = false;
  const fileSystem = new FaultyFileSystem(nodeFileSystem, () =>
    isFailing ? new Error("EIO: the disk failed") : undefined,
  );
  // By its clock no wait is ever over.
  const node = { clock: new ManualClock() };
  await using leader = await TestNode.leader({ store: { ...store, fileSystem }, node });
  await leader.collection().put("k", 1);
  const { log, manifest, highWatermark } = leader.open();
  const { epoch, checksum } = log.epochs.startBefore(log.acceptedOffset);
  const client = new HttpPeerClient(leader.peerUrl);
  const answered = client.pull(
    {
      protocol: protocolVersion,
      nodeId: "by-hand",
      directoryId: "no-disk/1",
      databaseId: manifest.id,
      from: log.acceptedOffset,
      lastEpoch: epoch,
      lastEpochChecksum: checksum,
      epoch,
      round: 0,
      highWatermark,
      maxBytes: 1_024,
      waitMs: 60_000,
    },
    new AbortController().signal,
  );
  try {
    await eventually(() => {
      const followers = [{ nodeId: "by-hand" }];
      expect(leader.node.status()).toMatchObject({ databases: [{ followers }] });
    });
    isFailing = true;
    // It fails as it begins another segment, before there is anything to copy.
    const writing = leader.collection().put("k", "x".repeat(store.segmentBytes));
    await expect(writing).rejects.toThrow(PoisonedError);
    expect(await answered).toMatchObject({ refusal: { code: "unavailable" } });
  } finally {
    await client.close();
  }
});
