/** What happens to data directories: lost tails, lost disks. For nodes that are stopped. */
import { cp, rm, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";

import { inspect } from "@boxerdb/engine";

import type { TestNode } from "./test-node.ts";

/**
 * Brings back an older copy of the log of the database `default`, which ends after the group in which
 * the record at `offset` stands: a log that is cut where it lies is refused when it is opened.
 */
export async function loseRecordsAfter(node: TestNode, offset: number): Promise<void> {
  for await (const item of inspect(node.directory, { database: "default" })) {
    if (item.type !== "group" || item.nextOffset <= offset) continue;
    // `bytes` is the whole group: its header and its records.
    await truncate(item.path, item.position + item.bytes);
    await rm(join(dirname(item.path), "END"), { force: true });
    return;
  }
  throw new Error(`there is no record at ${offset}`);
}

/** Empties the data directory, as a new disk would. */
export async function loseDirectory(node: TestNode): Promise<void> {
  await rm(node.directory, { recursive: true });
}

/** Puts a copy of one node's data directory in the place of another's. */
export async function copyDirectory(from: TestNode, to: TestNode): Promise<void> {
  await rm(to.directory, { recursive: true, force: true });
  await cp(from.directory, to.directory, { recursive: true });
}
