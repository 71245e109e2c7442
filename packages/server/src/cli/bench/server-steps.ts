import type { Client } from "../client/client.ts";
import { formatCount } from "../units.ts";

import { checkSample, sampleDocument, sampleKey, scatteredIndex } from "./sample-document.ts";
import { timedStep, type BenchSize, type Step } from "./step.ts";

const collection = "users";
const batchOperations = 100;

/** The work on a server, in a database of its own. The first step makes the documents. */
export const serverSteps = (client: Client, database: string, size: BenchSize): Step[] => {
  const { documents, connections } = size;
  const place = { database, collection };
  const clients = `${formatCount(connections)} connections`;
  return [
    {
      work: "batch",
      title: `batches of ${formatCount(batchOperations)} puts, ${clients}`,
      load: {
        workers: connections,
        operationsPerCall: batchOperations,
        until: { calls: Math.ceil(documents / batchOperations) },
        call: async (turn) => {
          const operations = Array.from({ length: batchOperations }, (_, index) => {
            const number = turn * batchOperations + index;
            const [key, value] = [sampleKey(number), sampleDocument(number)];
            return { op: "put" as const, collection, key, value };
          });
          await client.batch(database, operations);
        },
      },
    },
    timedStep(
      { work: "put", title: `PUT, ${clients}`, workers: connections },
      size,
      async (turn) => {
        const index = scatteredIndex(turn, documents);
        await client.put(place, sampleKey(index), sampleDocument(index));
      },
    ),
    timedStep(
      { work: "get", title: `GET, ${clients}`, workers: connections },
      size,
      async (turn) => {
        const index = scatteredIndex(turn, documents);
        checkSample((await client.get(place, sampleKey(index))).value, index);
      },
    ),
  ];
};
