/** What nodes hold, in forms that can be compared. */
import { readFile } from "node:fs/promises";

import { inspect, type Entry, type Store } from "@boxerdb/engine";
import { expect } from "vitest";

import { eventually } from "./eventually.ts";
import type { TestNode } from "./test-node.ts";

/** All that readers see of a store: databases, collections, keys with values and offsets. */
export async function contentOf(store: Store): Promise<object> {
  const content: Record<string, { id: string | undefined; collections: Record<string, Entry[]> }> =
    {};
  for (const database of store.databases()) {
    const collections: Record<string, Entry[]> = {};
    using snapshot = database.snapshot();
    for (const { name } of database.collections()) {
      collections[name] = await Array.fromAsync(snapshot.collection(name).list());
    }
    content[database.name] = { id: database.id, collections };
  }
  return content;
}

/** The records of a database as they stand on disk, each as hexadecimal digits, by offset. */
export async function rawRecords(
  directory: string,
  database = "default",
): Promise<ReadonlyMap<number, string>> {
  const files = new Map<string, Buffer>();
  const records = new Map<number, string>();
  for await (const item of inspect(directory, { database })) {
    if (item.type === "damage") throw new Error(`${item.path} is damaged: ${item.reason}`);
    if (item.type !== "record") continue;
    const file = files.get(item.path) ?? (await readFile(item.path));
    files.set(item.path, file);
    const { position, bytes, offset } = item;
    records.set(offset, file.subarray(position, position + bytes).toString("hex"));
  }
  return records;
}

/** A node that keeps its data in a directory. */
interface HasDirectory {
  readonly directory: string;
}

/** Where the databases of a store stand. */
export const positionsOf = (store: Store): object =>
  store.status().databases.map(({ name, epoch, endOffset, syncedOffset, highWatermark }) => ({
    name,
    epoch,
    endOffset,
    syncedOffset,
    highWatermark,
  }));

/** Waits until a follower has all that its leader has, committed, and compares what readers see. */
export async function expectCaughtUp(leader: TestNode, follower: TestNode): Promise<void> {
  await eventually(() => {
    expect(follower.node.status()).toMatchObject({ connected: true, halted: null });
    expect(positionsOf(follower.store)).toEqual(positionsOf(leader.store));
  });
  expect(await contentOf(follower.store)).toEqual(await contentOf(leader.store));
}

/**
 * Compares the records of a database byte for byte. Where `compacted`, each node may have dropped
 * some, but what both have must be the same.
 */
export async function expectSameRecords(
  leader: HasDirectory,
  follower: HasDirectory,
  { database = "default", compacted = false } = {},
): Promise<void> {
  const ofLeader = await rawRecords(leader.directory, database);
  const ofFollower = await rawRecords(follower.directory, database);
  if (!compacted) {
    expect(ofFollower).toEqual(ofLeader);
    return;
  }
  const common = [...ofFollower].filter(([offset]) => ofLeader.has(offset));
  expect(common.length).toBeGreaterThan(0);
  for (const [offset, bytes] of common)
    expect(bytes, `offset ${offset}`).toBe(ofLeader.get(offset));
}
