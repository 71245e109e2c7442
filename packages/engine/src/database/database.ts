import { ChangeFeed, type FeedSource } from "../feed/change-feed.ts";
import type { ChangesOptions } from "../feed/changes-options.ts";
import { textOf } from "../log/byte-string.ts";
import { checkName } from "../names.ts";
import { oneOf, type Durability, type ResolvedStoreOptions } from "../options.ts";
import type { ReadSource } from "../read/collection-reader.ts";
import { Snapshot } from "../read/snapshot.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import { Collection, type CollectionWriter, type WriteOptions } from "./collection.ts";
import { statusOf, type DatabaseStatus } from "./database-status.ts";
import type { OpenDatabase, WriteTerms } from "./open-database.ts";
import { OperationEncoder, type BatchCheck, type BatchOperation } from "./operation-encoder.ts";

/** What a database handle needs of its store. */
export interface DatabaseHost {
  options(): ResolvedStoreOptions;
  /** The open database of a name; undefined where there is none. Throws ClosedError. */
  find(name: string): OpenDatabase | undefined;
  /** As `find`, and makes it where there is none. */
  findOrCreate(name: string): Promise<OpenDatabase>;
  /** Calls back whenever a database was created or dropped, or the store closed. Returns how to stop that. */
  onCatalogChange(listener: () => void): () => void;
}

/** Conditions and promises of a batch. All fields may be left out. */
export interface BatchOptions {
  /** All must hold, judged at once against the newest appended state. Default: none. */
  readonly checks?: readonly BatchCheck[];
  /** Default: as the store was opened with. */
  readonly durability?: Durability;
}

/**
 * One log with its index: the unit of replication and of atomic batches. A handle by name: the
 * database is created by the first write, and the handle outlives its being dropped.
 */
export class Database {
  readonly name: string;
  readonly #host: DatabaseHost;
  readonly #source: ReadSource = {
    now: () => this.#now(),
    state: () => this.open,
    stableState: () => this.open?.view(),
  };

  readonly #feedSource: FeedSource = {
    find: () => this.open,
    onCatalogChange: (listener) => this.#host.onCatalogChange(listener),
  };

  constructor(host: DatabaseHost, name: string) {
    checkName("database", name);
    this.name = name;
    this.#host = host;
  }

  /** The open database behind the handle, for the engine itself and for replication. */
  get open(): OpenDatabase | undefined {
    return this.#host.find(this.name);
  }

  /** Whether it has been created. */
  get exists(): boolean {
    return this.open !== undefined;
  }

  /** The UUID that it shares with its replicas; undefined before it is created. */
  get id(): string | undefined {
    return this.open?.manifest.id;
  }

  /** The collection of a name; it comes into being with its first key. Throws InvalidNameError. */
  collection<Value extends StorableShape = Storable>(name: string): Collection<Value> {
    checkName("collection", name);
    return new Collection<Value>(this.#source, this.#writer, name);
  }

  /** The collections that have keys, by name, with how many. */
  collections(): readonly { readonly name: string; readonly keys: number }[] {
    const keyspace = this.open?.keyspace;
    if (keyspace === undefined) return [];
    return keyspace
      .collectionNames()
      .map((name) => ({ name: textOf(name), keys: keyspace.collection(name)?.size ?? 0 }));
  }

  /**
   * Writes all operations or none; resolves to the offset of the last one when all are durable and
   * committed. They become visible together. Later operations on a key win over earlier ones. Rejects
   * as `Collection.put` does; a ConflictError names the check that did not hold.
   */
  async batch(
    operations: readonly BatchOperation<StorableShape>[],
    options: BatchOptions = {},
  ): Promise<LogOffset> {
    const { checks = [], durability } = options;
    return this.#write(operations, {
      checks,
      durability: durability === undefined ? this.#durability : checkedDurability(durability),
    });
  }

  /** All that is committed now, for any number of reads. Close it, or use `using`. */
  snapshot(): Snapshot {
    return new Snapshot(this.open?.view(), this.#now());
  }

  /**
   * The log as a feed: every committed change once, in the order of their offsets. Live unless told
   * otherwise: it waits for what is written next, and for the database to be created. Where several
   * changes of a key are older than a compaction, only the newest is left. Throws InvalidOptionError,
   * InvalidNameError or ClosedError; see ChangeFeed for what `next` rejects with.
   *
   * ```ts
   * for await (const change of database.changes({ from: position })) { … }
   * ```
   */
  changes(options: ChangesOptions = {}): ChangeFeed {
    return new ChangeFeed(this.#feedSource, options);
  }

  /** What the database holds; undefined before it is created. */
  status(): DatabaseStatus | undefined {
    return this.open && statusOf(this.open, this.#now());
  }

  #now(): TimestampMs {
    return this.#host.options().clock.now();
  }

  readonly #writer: CollectionWriter = {
    put: (operation, options) =>
      rejecting(() => this.#write([operation], termsOf(operation, options, this.#durability))),
    delete: (operation, options) =>
      rejecting(() => {
        const terms = termsOf(operation, options, this.#durability);
        // Nothing can be deleted from what does not exist, and it is not created for that.
        return this.open?.delete(operation, terms) ?? Promise.resolve(undefined);
      }),
  };

  get #durability(): Durability {
    return this.#host.options().durability;
  }

  #write(
    operations: readonly BatchOperation<StorableShape>[],
    terms: WriteTerms,
  ): Promise<LogOffset> {
    const open = this.open;
    return open === undefined
      ? this.#createAndWrite(operations, terms)
      : open.write(operations, terms);
  }

  async #createAndWrite(
    operations: readonly BatchOperation<StorableShape>[],
    terms: WriteTerms,
  ): Promise<LogOffset> {
    // Refuses what is bad before anything is created for it.
    const staged = new OperationEncoder(this.#host.options()).stage(operations);
    const open = await this.#host.findOrCreate(this.name);
    return open.write(staged.operations, terms);
  }
}

/** Calls what returns a promise, and has it reject where it throws instead. Cheaper than another promise. */
function rejecting<Result>(start: () => Promise<Result>): Promise<Result> {
  try {
    return start();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The terms of a single write. */
function termsOf(
  { collection, key }: BatchOperation<StorableShape>,
  { ifOffset, durability }: WriteOptions,
  defaultDurability: Durability,
): WriteTerms {
  return {
    checks: ifOffset === undefined ? [] : [{ collection, key, offset: ifOffset }],
    durability: durability === undefined ? defaultDurability : checkedDurability(durability),
  };
}

function checkedDurability(durability: Durability): Durability {
  oneOf("durability", durability, ["disk", "os"]);
  return durability;
}
