/**
 * A process that fills the file system that it is given, with a ballast file beside the store. When a
 * write is refused it looks at what can still be read, gives the ballast up, opens the store again and
 * goes on. Prints what it saw, as JSON.
 */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { open, type Store } from "@boxerdb/engine";

const [directory = ""] = process.argv.slice(2);
const options = { segmentBytes: 256 << 10 };
const ballast = join(directory, "ballast");
const valueOf = (index: number): string => `${index} ${"x".repeat(1_000)}`;

await writeFile(ballast, Buffer.alloc(2 << 20, 1));
let store = await open(join(directory, "data"), options);
const acknowledged: number[] = [];
const refusal = await fill();
const readableWhileFull = readable(store);
const refusedAgain = await codeOf(store.database("app").collection("c").put("more", 1));
const refusedDatabase = await codeOf(store.createDatabase("other"));
await store.close();

await rm(ballast);
store = await open(join(directory, "data"), options);
const readableAfterwards = readable(store);
const written = await codeOf(store.database("app").collection("c").put("more", 1));
const { ok } = await store.verify();
await store.close();
console.log(
  JSON.stringify({
    acknowledged: acknowledged.length,
    refusal,
    readableWhileFull,
    refusedAgain,
    refusedDatabase,
    readableAfterwards,
    written,
    ok,
  }),
);

/** Several writers write until one is refused; resolves to the code of its error. */
async function fill(): Promise<string> {
  const collection = store.database("app").collection<string>("c");
  let next = 0;
  let code = "";
  const write = async (): Promise<void> => {
    while (code === "") {
      const index = next++;
      const refused = await codeOf(collection.put(`key ${index}`, valueOf(index)));
      if (refused === "") acknowledged.push(index);
      else code = refused;
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
  return code;
}

/** How many of the acknowledged documents are there as they were written. */
function readable(store: Store): number {
  const collection = store.database("app").collection<string>("c");
  return acknowledged.filter((index) => collection.getSync(`key ${index}`) === valueOf(index))
    .length;
}

/** The code with which a promise rejects; an empty string where it resolves. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
