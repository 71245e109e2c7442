import { open as openFile, readdir } from "node:fs/promises";

import { verifyDirectory } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { contentOf, expectCaughtUp } from "./cluster/content.ts";
import { loseDirectory } from "./cluster/damage.ts";
import { TestNode } from "./cluster/test-node.ts";

const store = { damagedDatabases: "set aside", segmentBytes: 4_096, checkpoint: "manual" } as const;

/** Changes a byte in the middle of a database's first segment, which is sealed. */
async function damage(node: TestNode): Promise<void> {
  const directory = `${node.directory}/databases/default`;
  const [first = ""] = (await readdir(directory))
    .filter((name) => name.endsWith(".log"))
    .toSorted();
  await using file = await openFile(`${directory}/${first}`, "r+");
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, Math.floor(size / 2));
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  await file.write(byte, 0, 1, Math.floor(size / 2));
}

async function fill(leader: TestNode): Promise<void> {
  const value = "x".repeat(500);
  for (let key = 0; key < 30; key++) await leader.collection().put(`k${key}`, value);
}

test("a follower whose log is damaged sets it aside, copies all anew, and tells", async () => {
  await using leader = await TestNode.leader();
  await using follower = await TestNode.follower(leader.peerUrl, { store });
  await fill(leader);
  await expectCaughtUp(leader, follower);
  await follower.stop();
  await damage(follower);
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
