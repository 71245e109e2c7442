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
  /** By the name of the database, then by that of the collection. */
  readonly #handles = new Map<string, Map<string, CollectionHandle>>();
  /** Invariant: how many handles there are, at most `mostKept`. */
  #kept = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws the engine's InvalidNameError. */
  of(address: CollectionAddress): CollectionHandle {
    const kept = this.#handles.get(address.database)?.get(address.collection);
    if (kept !== undefined) return kept;
    const database = this.#store.database(address.database);
    const handle = { database, collection: database.collection(address.collection) };
    if (this.#kept >= mostKept) {
      this.#handles.clear();
      this.#kept = 0;
    }
    const ofDatabase = this.#handles.get(address.database) ?? new Map<string, CollectionHandle>();
    this.#handles.set(address.database, ofDatabase.set(address.collection, handle));
    this.#kept++;
    return handle;
  }
}
