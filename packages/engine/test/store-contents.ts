import type { Entry, Store } from "@boxerdb/engine";

/** All that a store shows of a database. */
export interface DatabaseContents {
  readonly endOffset: number;
  readonly collections: Readonly<Record<string, readonly Entry[]>>;
}

/** All that a store shows, by the names of its databases. */
export type StoreContents = Readonly<Record<string, DatabaseContents>>;

/** Reads a store from one end to the other. */
export async function contentsOf(store: Store): Promise<StoreContents> {
  const contents: Record<string, DatabaseContents> = {};
  for (const database of store.databases()) {
    const collections: Record<string, readonly Entry[]> = {};
    for (const { name } of database.collections()) {
      collections[name] = await Array.fromAsync(database.collection(name).list());
    }
    contents[database.name] = { endOffset: database.status()?.endOffset ?? 0, collections };
  }
  return contents;
}
