/** A store of very many documents, stage by stage, each in a process of its own. Sizes: `documents`, `gets`, `pages`. */
import { createHistogram } from "node:perf_hooks";

import { open, type Collection, type Store } from "@boxerdb/engine";

import { documentKey, documentValue, isDocument, type UserDocument } from "../document.ts";
import { batchSize, loadDocuments } from "../embedded/documents-measurement.ts";
import { diskUsedBytes } from "../measuring/disk-usage.ts";
import { percentileFigures } from "../measuring/percentiles.ts";
import { memoryUse } from "../measuring/process-cost.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf } from "../report/figures.ts";
import { scatteredIndexes, shuffledIndexes } from "../scattered.ts";
import { batchesOf, openBoxerdb } from "../subjects/boxerdb-subject.ts";
import type { Measurement } from "../workers/task.ts";

const pageSize = 100;

/** Loads all and closes. */
export const measureLargeLoad: Measurement = async ({ directory, sizes }, tell) => {
  const documents = sizeOf(sizes, "documents");
  const subject = await openBoxerdb<UserDocument>(directory, { durable: true });
  const memoryBefore = memoryUse();
  const load = await loadDocuments(subject, documents, (done) =>
    tell(`loads, ${done.toLocaleString("en-US")} documents`),
  );
  const memoryAfter = memoryUse();
  tell("closes");
  const closing = new Stopwatch();
  await closing.measure(() => subject.close());
  return {
    loadSeconds: load.elapsedMs / 1_000,
    loadPerSecond: load.perSecond(documents),
    loadedMegabytes: (memoryAfter.residentBytes - memoryBefore.residentBytes) / 1e6,
    closeMs: closing.elapsedMs,
    diskMegabytes: (await diskUsedBytes(directory)) / 1e6,
  };
};

/** Opens, reads some, lists pages and all keys. */
export const measureLargeRead: Measurement = async ({ directory, sizes }, tell) => {
  const documents = sizeOf(sizes, "documents");
  const gets = sizeOf(sizes, "gets");
  const pages = sizeOf(sizes, "pages");
  tell("opens");
  const memoryBefore = memoryUse();
  const opening = performance.now();
  const store = await open(directory);
  const openMs = performance.now() - opening;
  const openedMemory = memoryUse();
  const users = usersOf(store);

  tell("reads");
  const indexes = scatteredIndexes(documents, gets);
  const keys = Array.from(indexes, documentKey);
  const getTimes = createHistogram();
  const reading = new Stopwatch();
  reading.measureSync(() => {
    let at = 0;
    for (const key of keys) {
      const start = performance.now();
      const value = users.getSync(key);
      getTimes.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
      if (value?.id !== indexes[at++]) throw new Error(`lost ${key}`);
    }
  });

  tell("lists pages");
  const pageTimes = createHistogram();
  for (const first of scatteredIndexes(documents - pageSize, pages, 5)) {
    const start = performance.now();
    let expected = first;
    for (const [key, value] of users.entries({ gte: documentKey(first), limit: pageSize })) {
      if (value.id !== expected++) throw new Error(`${key} is not in its place`);
    }
    pageTimes.record(Math.round((performance.now() - start) * 1e6));
    if (expected !== first + pageSize) throw new Error(`a page is short at ${first}`);
  }

  tell("lists all keys");
  const listing = new Stopwatch();
  listing.measureSync(() => {
    let count = 0;
    for (const _ of users.keys()) count++;
    if (count !== documents) throw new Error(`${count} of ${documents} keys are listed`);
  });
  const readMemory = memoryUse();
  await store.close();
  const megabytes = (bytes: number): number => bytes / 1e6;
  return {
    openMs,
    openedMegabytes: megabytes(openedMemory.residentBytes - memoryBefore.residentBytes),
    getMicros: (reading.elapsedMs * 1_000) / gets,
    ...percentileFigures("get", getTimes, "Micros"),
    ...percentileFigures("page", pageTimes, "Ms"),
    keysPerSecond: listing.perSecond(documents),
    readMegabytes: megabytes(readMemory.residentBytes - memoryBefore.residentBytes),
  };
};

/** Overwrites a part in no order, compacts, and checks some of what is there. Size: `overwritten`. */
export const measureLargeCompaction: Measurement = async ({ directory, sizes }, tell) => {
  const documents = sizeOf(sizes, "documents");
  const overwritten = sizeOf(sizes, "overwritten");
  const store = await open(directory, { compaction: "manual" });
  const indexes = shuffledIndexes(documents).subarray(0, overwritten);
  const overwriting = new Stopwatch();
  for (let start = 0; start < overwritten; start += batchSize) {
    const entries = Array.from(
      indexes.subarray(start, start + batchSize),
      (index) => [documentKey(index), documentValue(index, 1)] as const,
    );
    await overwriting.measure(() => batchesOf(store).putBatch(entries));
    if (start % 50_000 === 0) tell(`overwrites, ${start.toLocaleString("en-US")} documents`);
  }
  const diskBefore = await diskUsedBytes(directory);
  const readBefore = compactionReadBytes(store);
  tell("compacts");
  const compacting = new Stopwatch();
  await compacting.measure(() => store.compact());
  const readBytes = compactionReadBytes(store) - readBefore;
  tell("checks");
  const users = usersOf(store);
  const revisions = new Uint8Array(documents);
  for (const index of indexes) revisions[index] = 1;
  for (let index = 0; index < documents; index += 101) {
    const value = users.getSync(documentKey(index));
    const revision = revisions[index] ?? 0;
    if (value === undefined || !isDocument(value, index, revision)) {
      throw new Error(`document ${index} is not as it was written`);
    }
  }
  const closing = new Stopwatch();
  await closing.measure(() => store.close());
  return {
    overwritePerSecond: overwriting.perSecond(overwritten),
    compactSeconds: compacting.elapsedMs / 1_000,
    compactReadMegabytes: readBytes / 1e6,
    ...(readBytes > 0 && {
      compactMegabytesPerSecond: readBytes / 1e6 / (compacting.elapsedMs / 1_000),
    }),
    overwrittenDiskMegabytes: diskBefore / 1e6,
    compactedDiskMegabytes: (await diskUsedBytes(directory)) / 1e6,
    closeAfterCompactionMs: closing.elapsedMs,
  };
};

const usersOf = (store: Store): Collection<UserDocument> =>
  store.database("bench").collection<UserDocument>("users");

const compactionReadBytes = (store: Store): number =>
  store.status().databases.reduce((sum, { compaction }) => sum + compaction.readBytes, 0);
