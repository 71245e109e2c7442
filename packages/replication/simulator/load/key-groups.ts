/** Keys that are only ever written together, in one batch, and read together, in one snapshot. */
import type { BatchOptions, Database, LogOffset } from "@boxerdb/engine";

/** How many keys make a group. */
const size = 3;

/** What clients call a group: as a key, and none is called so. */
export const groupName = (number: number): string => `g${number}`;

export const isGroup = (key: string): boolean => key.startsWith("g");

const membersOf = (group: string): readonly string[] =>
  Array.from({ length: size }, (_, index) => `${group}.${index + 1}`);

const lastOf = (group: string): string => `${group}.${size}`;

/** A group in a collection of a database, which is written and read as if it were one key. */
export class KeyGroup {
  readonly #database: Database;
  readonly #collection: string;
  readonly #name: string;

  constructor(database: Database, collection: string, name: string) {
    this.#database = database;
    this.#collection = collection;
    this.#name = name;
  }

  /** Puts a value to all; resolves to the offset of the last one. */
  put(value: string, terms: GroupTerms): Promise<LogOffset> {
    const collection = this.#collection;
    const operations = membersOf(this.#name).map((key) => {
      return { op: "put", collection, key, value } as const;
    });
    return this.#database.batch(operations, this.#optionsOf(terms));
  }

  delete(terms: GroupTerms): Promise<LogOffset> {
    const collection = this.#collection;
    const operations = membersOf(this.#name).map((key) => {
      return { op: "delete", collection, key } as const;
    });
    return this.#database.batch(operations, this.#optionsOf(terms));
  }

  /** What all hold, at the offset of the last one. Throws where they do not hold the same. */
  entry(): { readonly value: string; readonly offset: LogOffset } | undefined {
    using snapshot = this.#database.snapshot();
    const reader = snapshot.collection<string>(this.#collection);
    const entries = membersOf(this.#name).map((key) => reader.getEntry(key));
    const last = entries.at(-1);
    const isWhole = entries.every((entry, index) =>
      entry === undefined || last === undefined
        ? entry === last
        : entry.value === last.value && entry.offset === last.offset - (size - 1 - index),
    );
    if (isWhole) return last && { value: last.value, offset: last.offset };
    const seen = entries.map((entry) => (entry ? `${entry.value} @${entry.offset}` : "absent"));
    throw new TornGroupError(`group ${this.#name} was written in part: ${seen.join(", ")}`);
  }

  #optionsOf({ ifOffset, idempotencyKey }: GroupTerms): BatchOptions {
    const key = lastOf(this.#name);
    const checks = [{ collection: this.#collection, key, offset: ifOffset ?? null }];
    return {
      ...(ifOffset !== undefined && { checks }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    };
  }
}

export interface GroupTerms {
  /** The last one must be there; null: it must be absent. */
  readonly ifOffset?: LogOffset | null | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** Keys of a group that were written together do not hold the same. */
export class TornGroupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
