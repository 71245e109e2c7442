/** Many short keys with tiny values: memory, reads and opening. Sizes: `keys`, `gets`. */
import { diskUsedBytes } from "../measuring/disk-usage.ts";
import { memoryUse, type MemoryUse } from "../measuring/process-cost.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import { scatteredIndexes, shuffledIndexes } from "../scattered.ts";
import { openerOf, subjectNames } from "../subjects/subject-registry.ts";
import type { Subject } from "../subjects/subject.ts";
import type { Measurement, Task } from "../workers/task.ts";

import { packedKey } from "./packed-key.ts";

const keysPerBatch = 10_000;

/** Keys are made ahead of the clock, so many at a time. */
const keysAhead = 50_000;

/** Fills a store and reads from it, in the process that filled it. The value of a key is its number. */
export const measureKeys: Measurement = async (task, tell) => {
  const keys = sizeOf(task.sizes, "keys");
  const order = loadOrder(task, keys);
  const memoryBefore = memoryUse();
  const subject = await openerOf(task.subject)<number>(task.directory, {
    durable: false,
    spareMemory: true,
  });
  for (let start = 0; start < keys; start += keysPerBatch) {
    const batch = order.subarray(start, start + keysPerBatch);
    await subject.putBatch(Array.from(batch, (index) => [packedKey(index, keys), index] as const));
    if (start % 100_000 === 0) tell(`${start.toLocaleString("en-US")} keys`);
  }
  const memoryAfter = memoryUse();
  const get = getScattered(subject, keys, sizeOf(task.sizes, "gets"));
  await subject.close();
  return {
    ...memoryFigures(memoryBefore, memoryAfter, keys),
    getMicros: get,
    diskBytes: (await diskUsedBytes(task.directory)) / keys,
  };
};

/** Opens what `measureKeys` has filled, in a process of its own whose start is not counted. */
export const measureOpenKeys: Measurement = async (task) => {
  const keys = sizeOf(task.sizes, "keys");
  const opener = openerOf(task.subject);
  const someKey = packedKey(keys >>> 1, keys);
  const memoryBefore = memoryUse();
  const start = performance.now();
  const subject = await opener<number>(task.directory, {
    durable: true,
    spareMemory: true,
  });
  // Some stores put off what opening needs until something is read.
  const value = subject.get(someKey);
  const openMs = performance.now() - start;
  if (value !== keys >>> 1) throw new Error(`lost ${someKey}`);
  const get = getScattered(subject, keys, sizeOf(task.sizes, "gets"));
  const memoryAfter = memoryUse();
  await subject.close();
  const { memoryBytes, anonymousBytes } = memoryFigures(memoryBefore, memoryAfter, keys);
  return {
    openMs,
    openedGetMicros: get,
    openedMemoryBytes: memoryBytes,
    openedAnonymousBytes: anonymousBytes,
  };
};

/**
 * Keys come in no order, which is the harder case for an index. lmdb alone gets them in key order: it
 * copies a page for nearly every key of a transaction otherwise, and would need an hour. That leaves
 * its pages full, and so is to its advantage in memory and reads.
 */
function loadOrder({ subject }: Task, keys: number): Uint32Array {
  if (subject !== subjectNames.lmdb) return shuffledIndexes(keys);
  return Uint32Array.from({ length: keys }, (_, index) => index);
}

/** Microseconds of a get. */
function getScattered(subject: Subject<number>, keys: number, gets: number): number {
  const indexes = scatteredIndexes(keys, gets);
  const stopwatch = new Stopwatch();
  for (let start = 0; start < gets; start += keysAhead) {
    const wanted = indexes.subarray(start, start + keysAhead);
    const names = Array.from(wanted, (index) => packedKey(index, keys));
    const read = (): void => {
      let at = 0;
      for (const name of names) {
        if (subject.get(name) !== wanted[at++]) throw new Error(`lost ${name}`);
      }
    };
    // The first block warms up what is measured.
    if (start === 0) read();
    stopwatch.measureSync(read);
  }
  return (stopwatch.elapsedMs * 1_000) / gets;
}

function memoryFigures(
  before: MemoryUse,
  after: MemoryUse,
  keys: number,
): { readonly memoryBytes: number; readonly anonymousBytes: number } & Figures {
  return {
    memoryBytes: (after.residentBytes - before.residentBytes) / keys,
    anonymousBytes: (after.anonymousBytes - before.anonymousBytes) / keys,
  };
}
