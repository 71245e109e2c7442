/** Opening after the process died: what has to be read again, and how fast. Sizes: `documents`. */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { open, type StoreEvent } from "@boxerdb/engine";

import { documentKey, isDocument, type UserDocument } from "../document.ts";
import { sizeOf } from "../report/figures.ts";
import { batchesOf } from "../subjects/boxerdb-subject.ts";
import type { Measurement } from "../workers/task.ts";

import { loadDocuments } from "./documents-measurement.ts";

/** Fills a store and stays, with everything open, until it is killed. */
export const measureUntilKilled: Measurement = async ({ directory, sizes }, tell) => {
  const documents = sizeOf(sizes, "documents");
  // Without a checkpoint all of the log has to be replayed.
  const store = await open(directory, { checkpoint: "manual" });
  const load = await loadDocuments(batchesOf(store), documents, (done) =>
    tell(`${done.toLocaleString("en-US")} documents`),
  );
  // A timer that never matters keeps the process.
  setInterval(() => {}, 60_000);
  return { loadPerSecond: load.perSecond(documents) };
};

/** Opens the store of a process that was killed. */
export const measureReplay: Measurement = async ({ directory, sizes }) => {
  const documents = sizeOf(sizes, "documents");
  let replayedRecords = 0;
  let replayedBytes = 0;
  const onEvent = (event: StoreEvent): void => {
    if (event.type !== "opening") return;
    replayedRecords = event.records;
    replayedBytes = event.readBytes;
  };
  const start = performance.now();
  const store = await open(directory, { onEvent });
  const openMs = performance.now() - start;
  const users = store.database("bench").collection<UserDocument>("users");
  const count = users.count();
  if (count !== documents) throw new Error(`${count} of ${documents} documents are there`);
  for (let index = 0; index < documents; index += 997) {
    const value = users.getSync(documentKey(index));
    if (value === undefined || !isDocument(value, index, 0)) throw new Error(`lost ${index}`);
  }
  await store.close();
  return {
    openMs,
    replayedRecords,
    recordsPerSecond: replayedRecords / (openMs / 1_000),
    megabytesPerSecond: replayedBytes / 1e6 / (openMs / 1_000),
  };
};

/** Reads the log of that store from beginning to end and sums it up, as the least that replay can do. */
export const measureLogRead: Measurement = async ({ directory, sizes }) => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".log"))
    .map((entry) => join(entry.parentPath, entry.name));
  let bytes = 0;
  let checksum = 0;
  const start = performance.now();
  for (const path of paths) {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      if (!(chunk instanceof Uint8Array)) throw new Error("assertion failed: a file gives bytes");
      checksum = crc32(chunk, checksum);
      bytes += chunk.length;
    }
  }
  const elapsedMs = performance.now() - start;
  if (checksum === 0) throw new Error("assertion failed: a log holds something");
  return {
    openMs: elapsedMs,
    recordsPerSecond: sizeOf(sizes, "documents") / (elapsedMs / 1_000),
    megabytesPerSecond: bytes / 1e6 / (elapsedMs / 1_000),
  };
};
