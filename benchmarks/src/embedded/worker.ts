/** Measures one subject in a process of its own and prints its rates as JSON. */
import { documentKey, documentValue, scatteredIndexes } from "../document.ts";
import { rateOf, type Rates } from "../measurement.ts";

import { openBoxerdb } from "./boxerdb-subject.ts";
import { openLmdb } from "./lmdb-subject.ts";
import type { Subject } from "./subject.ts";

const openers: Readonly<Record<string, (directory: string) => Promise<Subject>>> = {
  BoxerDB: openBoxerdb,
  lmdb: openLmdb,
};

const [, , name = "", directory = "", documentsText = ""] = process.argv;
const documents = Number(documentsText);
const opener = openers[name];
if (opener === undefined) throw new Error(`no subject ${name}`);
const subject = await opener(directory);

const batchSize = 1_000;
const writers = 64;
const puts = Math.min(documents, 50_000);
const gets = 500_000;

const rates: Rates = {
  "bulk load, durable batches of 1,000": await rateOf(documents, bulkLoad),
  "durable put, 64 writers": await rateOf(puts, putConcurrently),
  "random get": await rateOf(gets, getScattered),
  "ordered scan of all": await rateOf(documents, scanAll),
};
await subject.close();
console.log(JSON.stringify(rates));

async function bulkLoad(): Promise<void> {
  for (let start = 0; start < documents; start += batchSize) {
    const length = Math.min(batchSize, documents - start);
    await subject.putBatch(
      Array.from({ length }, (_, index) => [
        documentKey(start + index),
        documentValue(start + index),
      ]),
    );
  }
}

async function putConcurrently(): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let index = next++; index < puts; index = next++) {
        await subject.put(documentKey(index), documentValue(index));
      }
    }),
  );
}

function getScattered(): void {
  const indexes = scatteredIndexes(documents);
  for (let count = 0; count < gets; count++) {
    const index = indexes.next().value;
    if (subject.get(documentKey(index))?.id !== index) throw new Error(`lost document ${index}`);
  }
}

async function scanAll(): Promise<void> {
  const count = await subject.scan();
  if (count !== documents) throw new Error(`scanned ${count} of ${documents} documents`);
}
