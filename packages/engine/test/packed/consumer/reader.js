/** Prints how many documents the writer has left, or the code of the error that kept it from looking. */
import assert from "node:assert/strict";

import { LockedError, open } from "@boxerdb/engine";

const [directory = "data"] = process.argv.slice(2);

try {
  const store = await open(directory);
  let count = 0;
  for await (const { number } of store.database("app").collection("documents").values()) {
    assert.equal(number, count++);
  }
  await store.close();
  console.log(count);
} catch (error) {
  if (!(error instanceof LockedError)) throw error;
  console.log(error.code);
}
