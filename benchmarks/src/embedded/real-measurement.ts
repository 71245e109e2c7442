/** Loads documents from a file, reads them by key and in order, checks all. Sizes: `gets`. */
import { isDeepStrictEqual } from "node:util";

import type { JsonValue } from "@boxerdb/engine";

import { flat } from "../document.ts";
import { diskUsedBytes } from "../measuring/disk-usage.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf } from "../report/figures.ts";
import { scatteredIndexes } from "../scattered.ts";
import { openerOf } from "../subjects/subject-registry.ts";
import type { Measurement } from "../workers/task.ts";

import { batchSize } from "./documents-measurement.ts";
import { readRealDocuments } from "./real-documents.ts";

export const measureRealDocuments: Measurement = async (task, tell) => {
  const { directory, sizes, input } = task;
  if (input === undefined) throw new Error("assertion failed: the documents come from a file");
  const documents = await readRealDocuments(input);
  const subject = await openerOf(task.subject)<JsonValue>(directory, { durable: true });
  tell("bulk load");
  const load = new Stopwatch();
  for (let start = 0; start < documents.length; start += batchSize) {
    await load.measure(() => subject.putBatch(documents.slice(start, start + batchSize)));
  }
  const expected = new Map(documents);

  tell("random gets");
  const gets = sizeOf(sizes, "gets");
  const keys = Array.from(scatteredIndexes(documents.length, gets), (index) =>
    flat(documents[index]?.[0] ?? ""),
  );
  const readAll = (): void => {
    for (const key of keys) if (subject.get(key) === undefined) throw new Error(`lost ${key}`);
  };
  readAll();
  const get = new Stopwatch();
  get.measureSync(readAll);

  tell("ordered scan");
  const scanAll = async (): Promise<void> => {
    let count = 0;
    await subject.scan(() => count++);
    if (count !== expected.size)
      throw new Error(`${count} of ${expected.size} documents are there`);
  };
  await scanAll();
  const scan = new Stopwatch();
  await scan.measure(scanAll);

  tell("checks all values");
  await subject.scan((key, value) => {
    if (!isDeepStrictEqual(value, expected.get(key))) {
      throw new Error(`${key} is not as it was written`);
    }
  });
  await subject.close();
  return {
    loadPerSecond: load.perSecond(documents.length),
    getPerSecond: get.perSecond(gets),
    scanPerSecond: scan.perSecond(expected.size),
    diskBytes: (await diskUsedBytes(directory)) / expected.size,
  };
};
