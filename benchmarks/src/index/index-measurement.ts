/**
 * An index alone, in memory: no log, no values. Sizes: `keys`, `gets`, `isRising` (0 or 1). Nothing waits
 * for a disk here, so times are processor time, the collector's threads included; pauses are real time.
 */
import { setImmediate } from "node:timers/promises";

import { documentKey } from "../document.ts";
import { packedKey } from "../embedded/packed-key.ts";
import { memoryUse } from "../measuring/process-cost.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf, type Sizes } from "../report/figures.ts";
import { scatteredIndexes, shuffledIndexes } from "../scattered.ts";
import type { Measurement } from "../workers/task.ts";

import { GarbageCollections } from "./garbage-collections.ts";
import type { IndexDesign } from "./index-design.ts";
import { newIndex } from "./index-designs.ts";

/** Keys are made ahead of the clock, so many at a time. */
const keysAhead = 50_000;

/** How many keys are set in one turn of the event loop. */
const keysPerTurn = 1_000;

/** Fills an index of the design that the subject names, and reads it. The value of a key is its number. */
export const measureIndex: Measurement = async ({ subject, sizes }, tell) => {
  const keys = sizeOf(sizes, "keys");
  warmUp(subject, sizes);
  // Made before memory is looked at.
  const order = sizeOf(sizes, "isRising") === 1 ? undefined : shuffledIndexes(keys);
  const before = memoryUse();
  const index = newIndex(subject);
  const collections = new GarbageCollections();
  const setting = new Stopwatch();
  let longestTurnMs = 0;
  for (let start = 0; start < keys; start += keysAhead) {
    const numbers = numbersOf(order, start, Math.min(start + keysAhead, keys));
    const names = Array.from(numbers, (number) => keyOf(number, sizes));
    for (let from = 0; from < names.length; from += keysPerTurn) {
      const to = Math.min(from + keysPerTurn, names.length);
      const startMs = setting.elapsedMs;
      setting.measureSync(() => {
        for (let at = from; at < to; at++) index.set(names[at] ?? "", numbers[at] ?? 0);
      });
      longestTurnMs = Math.max(longestTurnMs, setting.elapsedMs - startMs);
      await setImmediate();
    }
    if (start % 500_000 === 0) tell(`${start.toLocaleString("en-US")} keys`);
  }
  const { totalMs, longestMs } = collections.end();
  const after = memoryUse();
  const perKey = (stopwatch: Stopwatch): number => (stopwatch.cpuMicros * 1e3) / keys;
  return {
    setNanos: perKey(setting),
    longestTurnMs,
    collectionMs: totalMs,
    longestCollectionMs: longestMs,
    memoryBytes: (after.residentBytes - before.residentBytes) / keys,
    getNanos: getScattered(index, sizes),
    scanNanos: perKey(scanAll(index, keys)),
    sumNanos: perKey(sumAll(index, keys)),
  };
};

const keyOf = (number: number, sizes: Sizes): string =>
  sizeOf(sizes, "isRising") === 1 ? documentKey(number) : packedKey(number, sizeOf(sizes, "keys"));

function numbersOf(order: Uint32Array | undefined, from: number, to: number): Uint32Array {
  if (order !== undefined) return order.subarray(from, to);
  return Uint32Array.from({ length: to - from }, (_, at) => from + at);
}

/** Does some of all that is measured, on an index of the same design that is thrown away. */
function warmUp(name: string, sizes: Sizes): void {
  const index = newIndex(name);
  for (const number of shuffledIndexes(keysAhead)) index.set(keyOf(number, sizes), number);
  for (let number = 0; number < keysAhead; number++) index.get(keyOf(number, sizes));
  scanAll(index, keysAhead);
  sumAll(index, keysAhead);
}

/** Nanoseconds of processor time of a get. */
function getScattered(index: IndexDesign, sizes: Sizes): number {
  const gets = sizeOf(sizes, "gets");
  const wanted = scatteredIndexes(sizeOf(sizes, "keys"), gets);
  const stopwatch = new Stopwatch();
  for (let start = 0; start < gets; start += keysAhead) {
    const numbers = wanted.subarray(start, start + keysAhead);
    const names = Array.from(numbers, (number) => keyOf(number, sizes));
    stopwatch.measureSync(() => {
      for (const [at, name] of names.entries()) {
        if (index.get(name) !== numbers[at]) throw new Error(`lost ${name}`);
      }
    });
  }
  return (stopwatch.cpuMicros * 1e3) / gets;
}

function scanAll(index: IndexDesign, keys: number): Stopwatch {
  const stopwatch = new Stopwatch();
  let count = 0;
  let last = "";
  stopwatch.measureSync(() => {
    index.scan((key) => {
      count++;
      last = key;
    });
  });
  if (count !== keys || index.get(last) === undefined) throw new Error(`scanned ${count} keys`);
  return stopwatch;
}

function sumAll(index: IndexDesign, keys: number): Stopwatch {
  const stopwatch = new Stopwatch();
  let sum = 0;
  stopwatch.measureSync(() => {
    sum = index.sum();
  });
  if (sum !== (keys * (keys - 1)) / 2) throw new Error(`the values sum up to ${sum}`);
  return stopwatch;
}
