/** Loads documents, overwrites some by many writers, reads them by key and in order, checks them all. */
import { rm } from "node:fs/promises";

import { documentKey, documentValue, isDocument, type UserDocument } from "../document.ts";
import { diskUsedBytes } from "../measuring/disk-usage.ts";
import { memoryUse, writtenBytes } from "../measuring/process-cost.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf } from "../report/figures.ts";
import { scatteredIndexes } from "../scattered.ts";
import { openerOf } from "../subjects/subject-registry.ts";
import type { Subject } from "../subjects/subject.ts";
import type { Measurement, Task } from "../workers/task.ts";

export const batchSize = 1_000;
export const writers = 64;

/** Keys are made ahead of the clock, so many at a time. */
const keysAhead = 50_000;

/** Sizes: `documents`, `puts` of each kind, `gets`. */
export const measureDocuments: Measurement = async (task, tell) => {
  const documents = sizeOf(task.sizes, "documents");
  const puts = sizeOf(task.sizes, "puts");
  const gets = sizeOf(task.sizes, "gets");
  tell("warms up");
  await warmUp(task);
  const subject = await openerOf(task.subject)<UserDocument>(task.directory, { durable: true });
  const revisions = new Uint8Array(documents);

  const memoryBefore = memoryUse();
  const writtenBefore = writtenBytes();
  const load = await loadDocuments(subject, documents, (done) =>
    tell(`bulk load, ${done.toLocaleString("en-US")} documents`),
  );
  const loadWritten = writtenBytes() - writtenBefore;
  const memoryAfter = memoryUse();

  tell("puts in key order");
  const ordered = await putConcurrently(
    subject,
    Uint32Array.from({ length: puts }, (_, index) => index % documents),
    revisions,
  );
  tell("scattered puts");
  const scatteredWrittenBefore = writtenBytes();
  const scattered = await putConcurrently(subject, scatteredIndexes(documents, puts, 7), revisions);
  const scatteredWritten = writtenBytes() - scatteredWrittenBefore;

  tell("random gets");
  // Once without the clock, so that what the store keeps in memory is there.
  getScattered(subject, documents, Math.min(gets, documents), 1);
  const get = getScattered(subject, documents, gets, 2);
  tell("ordered scan");
  const scan = await scanAll(subject, documents);
  tell("checks all values");
  await checkAll(subject, documents, revisions);
  await subject.close();

  return {
    loadPerSecond: load.perSecond(documents),
    loadCpuMicros: load.cpuMicros / documents,
    loadWrittenBytes: loadWritten / documents,
    memoryBytes: (memoryAfter.residentBytes - memoryBefore.residentBytes) / documents,
    putOrderedPerSecond: ordered.perSecond(puts),
    putScatteredPerSecond: scattered.perSecond(puts),
    putCpuMicros: scattered.cpuMicros / puts,
    putWrittenBytes: scatteredWritten / puts,
    getPerSecond: get.perSecond(gets),
    getCpuMicros: get.cpuMicros / gets,
    scanPerSecond: scan.perSecond(documents),
    scanCpuMicros: scan.cpuMicros / documents,
    diskBytes: (await diskUsedBytes(task.directory)) / documents,
  };
};

/**
 * Does some of all work on a store that is thrown away. A process is measured that has been at work for
 * a while: the compiler of JavaScript has seen what it is to make fast, of all subjects alike.
 */
async function warmUp({ subject: name, directory, sizes }: Task): Promise<void> {
  const documents = Math.min(sizeOf(sizes, "documents"), 20_000);
  const place = `${directory} to warm up`;
  const subject = await openerOf(name)<UserDocument>(place, { durable: true });
  const revisions = new Uint8Array(documents);
  await loadDocuments(subject, documents, () => {});
  await putConcurrently(subject, scatteredIndexes(documents, documents >>> 2, 3), revisions);
  getScattered(subject, documents, 2 * documents, 4);
  await checkAll(subject, documents, revisions);
  await subject.close();
  await rm(place, { recursive: true });
}

/** Writes all documents in batches, one after the other. */
export async function loadDocuments(
  subject: Pick<Subject<UserDocument>, "putBatch">,
  documents: number,
  tell: (done: number) => void,
): Promise<Stopwatch> {
  const stopwatch = new Stopwatch();
  for (let start = 0; start < documents; start += batchSize) {
    const length = Math.min(batchSize, documents - start);
    const entries = Array.from(
      { length },
      (_, index) => [documentKey(start + index), documentValue(start + index)] as const,
    );
    await stopwatch.measure(() => subject.putBatch(entries));
    if (start % 50_000 === 0) tell(start);
  }
  return stopwatch;
}

/** Changes documents, by as many writers as there are, each awaiting its own put before the next. */
async function putConcurrently(
  subject: Subject<UserDocument>,
  indexes: Uint32Array,
  revisions: Uint8Array,
): Promise<Stopwatch> {
  const entries = Array.from(indexes, (index) => {
    revisions[index] = 1;
    return [documentKey(index), documentValue(index, 1)] as const;
  });
  let next = 0;
  const write = async (): Promise<void> => {
    for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
      await subject.put(...entry);
    }
  };
  const stopwatch = new Stopwatch();
  await stopwatch.measure(() => Promise.all(Array.from({ length: writers }, write)));
  return stopwatch;
}

function getScattered(
  subject: Subject<UserDocument>,
  documents: number,
  gets: number,
  seed: number,
): Stopwatch {
  const stopwatch = new Stopwatch();
  const indexes = scatteredIndexes(documents, gets, seed);
  for (let start = 0; start < gets; start += keysAhead) {
    const wanted = indexes.subarray(start, start + keysAhead);
    const keys = Array.from(wanted, documentKey);
    stopwatch.measureSync(() => {
      let at = 0;
      for (const key of keys) {
        if (subject.get(key)?.id !== wanted[at++]) throw new Error(`lost ${key}`);
      }
    });
  }
  return stopwatch;
}

async function scanAll(subject: Subject<UserDocument>, documents: number): Promise<Stopwatch> {
  const stopwatch = new Stopwatch();
  const once = async (): Promise<void> => {
    let count = 0;
    await subject.scan((key, value) => {
      if (value.id !== count) throw new Error(`${key} is not in its place`);
      count++;
    });
    if (count !== documents) throw new Error(`scanned ${count} of ${documents} documents`);
  };
  await stopwatch.measure(once);
  return stopwatch;
}

async function checkAll(
  subject: Subject<UserDocument>,
  documents: number,
  revisions: Uint8Array,
): Promise<void> {
  let count = 0;
  await subject.scan((key, value) => {
    if (key !== documentKey(count) || !isDocument(value, count, revisions[count] ?? 0)) {
      throw new Error(`${key} is not as it was written`);
    }
    count++;
  });
  if (count !== documents) throw new Error(`${count} of ${documents} documents are there`);
}
