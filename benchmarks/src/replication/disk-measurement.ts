/** What the disk gives to those who do nothing but write and sync: the bounds of what replication can reach. */
import { mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";

import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf } from "../report/figures.ts";
import type { Measurement } from "../workers/task.ts";

/** About what 64 puts make together. */
const groupBytes = 8 << 10;
const fileBytes = 16 << 20;
/** As much as one pull brings. */
const copyBytes = 4 << 20;

/** Writes groups over the zeros of a file and syncs each. Sizes: `syncs`. */
export const measureSyncs: Measurement = async ({ directory, sizes }) => {
  const syncs = sizeOf(sizes, "syncs");
  await mkdir(directory, { recursive: true });
  const file = await open(join(directory, "groups"), "w");
  await file.write(Buffer.alloc(fileBytes));
  await file.sync();
  const group = Buffer.alloc(groupBytes, 1);
  const stopwatch = new Stopwatch();
  await stopwatch.measure(async () => {
    for (let index = 0; index < syncs; index++) {
      await file.write(group, 0, groupBytes, (index * groupBytes) % fileBytes);
      await file.datasync();
    }
  });
  await file.close();
  return { syncsPerSecond: stopwatch.perSecond(syncs) };
};

/** Copies the leader's log as it is, synced as often as a follower syncs it. Sizes: `documents`. */
export const measureLogCopy: Measurement = async ({ directory, sizes }) => {
  const entries = await readdir(`${directory}/leader`, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".log"))
    .map((entry) => join(entry.parentPath, entry.name));
  const copy = await open(join(directory, "copy"), "w");
  const part = Buffer.alloc(copyBytes);
  let bytes = 0;
  const stopwatch = new Stopwatch();
  await stopwatch.measure(async () => {
    for (const path of paths) {
      await using file = await open(path, "r");
      for (let position = 0; ;) {
        const { bytesRead } = await file.read(part, 0, copyBytes, position);
        if (bytesRead === 0) break;
        await copy.write(part, 0, bytesRead);
        await copy.datasync();
        position += bytesRead;
        bytes += bytesRead;
      }
    }
  });
  await copy.close();
  return {
    recordsPerSecond: stopwatch.perSecond(sizeOf(sizes, "documents") + sizeOf(sizes, "later")),
    megabytesPerSecond: stopwatch.perSecond(bytes / 1e6),
  };
};
