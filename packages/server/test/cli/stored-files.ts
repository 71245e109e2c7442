import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { open } from "@boxerdb/engine";

/** The values of the collection `c` in database `app` of a data directory, by their keys. */
export const storedIn = async (directory: string): Promise<Record<string, unknown>> => {
  await using store = await open(directory, { createIfMissing: false });
  const entries = await Array.fromAsync(store.database("app").collection("c").entries());
  return Object.fromEntries(entries);
};

/** The files below a directory, by their paths from there on; none where there is no directory. */
export const filesIn = async (directory: string): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .toSorted();
};
