import type { Collection, Database, Store } from "@boxerdb/engine";

import type { CollectionAddress } from "./key-address.ts";

/** The engine's handles of a collection and its database. */
export interface CollectionHandle {
  readonly database: Database;
  readonly collection: Collection;
}

/** Names come from clients, who may make up any number of them. */
const mostKept = 1000;

/**
 * The handles that requests have asked for lately. They outlive the dropping of what they name, so that
 * none is ever out of date; to make them anew would be a good part of a fast read.
 */
export class CollectionHandles {
  readonly #store: Store;
  readonly #handles = new Map<string, CollectionHandle>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws the engine's InvalidNameError. */
  of(address: CollectionAddress): CollectionHandle {
    // No name has a slash in it: what has one is refused below, and not kept.
    const place = `${address.database}/${address.collection}`;
    const kept = this.#handles.get(place);
    if (kept !== undefined) return kept;
    const database = this.#store.database(address.database);
    const handle = { database, collection: database.collection(address.collection) };
    if (this.#handles.size >= mostKept) this.#handles.clear();
    this.#handles.set(place, handle);
    return handle;
  }
}
