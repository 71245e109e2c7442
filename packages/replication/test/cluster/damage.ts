/** What happens to data directories: lost tails, lost disks, rot. For nodes that are stopped, but for rot. */
import { cp, open, readdir, rm, truncate } from "node:fs/promises";
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

/** Changes a byte in the middle of the first segment of the database `default`. */
export async function flipByte(node: { readonly directory: string }): Promise<void> {
  const directory = join(node.directory, "databases", "default");
  const [first = ""] = (await readdir(directory))
    .filter((name) => name.endsWith(".log"))
    .toSorted();
  await using file = await open(join(directory, first), "r+");
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, Math.floor(size / 2));
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  await file.write(byte, 0, 1, Math.floor(size / 2));
}
