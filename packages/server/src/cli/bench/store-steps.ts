import type { FileHandle } from "node:fs/promises";

import type { Collection, Database, JsonValue } from "@boxerdb/engine";

import { formatCount } from "../units.ts";

import { checkSample, sampleDocument, sampleKey, scatteredIndex } from "./sample-document.ts";
import { timedStep, type BenchSize, type Step } from "./step.ts";

const collectionName = "users";
const bulkBatch = 1_000;
const scanPage = 1_000;

const syncBytes = 4_096;
/** As far as the file of syncs goes before it is written from its start again. */
const syncFileBytes = 16 << 20;

/** Fills a file to the length that `syncStep` writes to, so that no sync has to lengthen it. */
export const prepareSyncFile = async (file: FileHandle): Promise<void> => {
  await file.write(Buffer.alloc(syncFileBytes), 0, syncFileBytes, 0);
  await file.sync();
};

/** The disk alone: what a durable write costs at least. */
export const syncStep = (file: FileHandle, size: BenchSize): Step => {
  const block = Buffer.alloc(syncBytes, 1);
  const title = `disk alone: write ${formatCount(syncBytes)} bytes and fdatasync`;
  return timedStep({ work: "sync", title, workers: 1 }, size, async (turn) => {
    await file.write(block, 0, syncBytes, (turn * syncBytes) % syncFileBytes);
    await file.datasync();
  });
};

/** The work on a store in this process. The first step makes the documents that the others need. */
export const storeSteps = (database: Database, size: BenchSize): Step[] => {
  const { documents, connections } = size;
  const users: Collection<JsonValue> = database.collection(collectionName);
  return [
    {
      work: "bulk",
      title: `bulk load, durable batches of ${formatCount(bulkBatch)}`,
      load: {
        workers: 1,
        operationsPerCall: bulkBatch,
        until: { calls: Math.ceil(documents / bulkBatch) },
        call: async (turn) => {
          await database.batch(
            Array.from({ length: bulkBatch }, (_, index) => {
              const number = turn * bulkBatch + index;
              return {
                op: "put" as const,
                collection: collectionName,
                key: sampleKey(number),
                value: sampleDocument(number),
              };
            }),
          );
        },
      },
    },
    timedStep(
      {
        work: "put",
        title: `durable put, ${formatCount(connections)} writers`,
        workers: connections,
      },
      size,
      async (turn) => {
        const index = scatteredIndex(turn, documents);
        await users.put(sampleKey(index), sampleDocument(index));
      },
    ),
    timedStep({ work: "get", title: "get, one after the other", workers: 1 }, size, (turn) => {
      const index = scatteredIndex(turn, documents);
      checkSample(users.getSync(sampleKey(index)), index);
    }),
    {
      work: "scan",
      title: `scan in key order, ${formatCount(scanPage)} at a time`,
      load: scanLoad(users, size),
    },
  ];
};

/** Page after page, and from the start again. */
const scanLoad = (
  users: Collection<JsonValue>,
  { documents, seconds }: BenchSize,
): Step["load"] => {
  const page = Math.min(scanPage, documents);
  let next = 0;
  return {
    workers: 1,
    operationsPerCall: page,
    until: { durationMs: seconds * 1000 },
    call: () => {
      if (next + page > documents) next = 0;
      const range = { gte: sampleKey(next), limit: page };
      for (const [, value] of users.entries(range)) checkSample(value, next++);
    },
  };
};
