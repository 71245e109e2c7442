/** What nodes hold, in forms that can be compared. */
import { inspect } from "@boxerdb/engine";
import { expect } from "vitest";
import { z } from "zod";

import { eventually } from "../eventually.ts";

import { databaseName } from "./process-cluster.ts";
import type { ServedNode } from "./served-node.ts";

const offsetsSchema = z.object({
  end: z.number(),
  synced: z.number(),
  highWatermark: z.number(),
  applied: z.number(),
});
const statusSchema = z.object({
  databases: z.array(z.object({ name: z.string(), epoch: z.number(), offsets: offsetsSchema })),
});

/** Where the database of a node stands: the same on all nodes that have all that there is. */
export interface Position extends z.infer<typeof offsetsSchema> {
  readonly epoch: number;
}

async function positionOf({ url }: ServedNode): Promise<Position> {
  const { databases } = statusSchema.parse(await (await fetch(`${url}/status`)).json());
  const database = databases.find(({ name }) => name === databaseName);
  if (database === undefined) throw new Error(`${url} has no such database`);
  return { epoch: database.epoch, ...database.offsets };
}

/** All documents of the database that a node shows, in their order. */
export const exportOf = async ({ url }: ServedNode): Promise<string> =>
  (await fetch(`${url}/api/v2/${databaseName}/_export`)).text();

/** Waits until all nodes have all that there is, and compares what they show. Resolves to where they stand. */
export async function expectSameContent([
  first,
  ...others
]: readonly ServedNode[]): Promise<Position> {
  if (first === undefined) throw new Error("there are no nodes");
  const position = await eventually(async () => {
    const reached = await positionOf(first);
    const { end, synced, highWatermark, applied } = reached;
    expect({ synced, highWatermark, applied }).toEqual({
      synced: end,
      highWatermark: end,
      applied: end,
    });
    for (const other of others) expect(await positionOf(other)).toEqual(reached);
    return reached;
  });
  const content = await exportOf(first);
  for (const other of others) expect(await exportOf(other)).toBe(content);
  return position;
}

/** A record as it stands in a log. */
export interface LoggedRecord {
  readonly kind: "put" | "delete" | "epoch";
  readonly collection: string;
  readonly key: string;
  readonly value: unknown;
  readonly epoch: number;
}

/** The records in the log of a stopped node, by offset. Compaction may have dropped those that count no more. */
export async function recordsOf({
  settings,
}: ServedNode): Promise<ReadonlyMap<number, LoggedRecord>> {
  const records = new Map<number, LoggedRecord>();
  for await (const item of inspect(settings.dataDir, { database: databaseName })) {
    if (item.type === "damage") expect(item.isTornTail, `${item.path}: ${item.reason}`).toBe(true);
    if (item.type !== "record") continue;
    const { offset, kind, collection, key, value, epoch } = item;
    records.set(offset, { kind, collection, key, value, epoch });
  }
  return records;
}

/** Compares the logs of stopped nodes up to an offset, as far as compaction has left records to both. */
export async function expectSameRecords(
  [first, ...others]: readonly ServedNode[],
  below: number,
): Promise<void> {
  if (first === undefined) throw new Error("there are no nodes");
  const ofFirst = await recordsOf(first);
  for (const other of others) {
    const common = [...(await recordsOf(other))].filter(
      ([offset]) => offset < below && ofFirst.has(offset),
    );
    expect(common.length).toBeGreaterThan(0);
    for (const [offset, record] of common) {
      expect(record, `${other.nodeId} and ${first.nodeId} at ${offset}`).toEqual(
        ofFirst.get(offset),
      );
    }
  }
}
