import { DatabaseNotFoundError } from "../errors.ts";
import { ChangeFeed, type FeedSource } from "../feed/change-feed.ts";
import type { ChangesOptions } from "../feed/changes-options.ts";
import { checkName } from "../names.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import { whenApplied } from "../read/applied-offset.ts";
import type { ReadSource } from "../read/collection-reader.ts";
import { Snapshot } from "../read/snapshot.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import { Collection, type CollectionWriter, type WriteOptions } from "./collection.ts";
import { collectionsOf, statusOf, type DatabaseStatus } from "./database-status.ts";
import type { OpenDatabase } from "./open-database.ts";
import { OperationEncoder, type BatchOperation, type Operation } from "./operation-encoder.ts";
import { readProgress, type Progress } from "./progress.ts";
import { askedWrite, type AskedWrite, type BatchOptions, type WriteTerms } from "./write-terms.ts";

/** What a database handle needs of its store. */
export interface DatabaseHost {
  options(): ResolvedStoreOptions;
  /** The open database of a name; undefined where there is none. Throws ClosedError. */
  find(name: string): OpenDatabase | undefined;
  /** As `find`, and makes it where there is none. */
  findOrCreate(name: string): Promise<OpenDatabase>;
  /** The database that is being created for others who write to it: who comes meanwhile waits with them. */
  creation(name: string): Promise<OpenDatabase> | undefined;
  /** Calls back whenever a database was created or dropped, or the store closed. Returns how to stop that. */
  onCatalogChange(listener: () => void): () => void;
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

  /**
   * Whether what is read here is a state that the database was in: false on a copy that catches up where its
   * leader's log was compacted, which reads answer from all the same, though a value may be older than the
   * newest at that offset, or missing.
   */
  get isWhole(): boolean {
    return this.open?.isWhole ?? true;
  }

  /** Throws CatchingUpError unless it is whole. */
  assertWhole(): void {
    this.open?.wholeness.assertWhole();
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
    return keyspace === undefined ? [] : collectionsOf(keyspace);
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
    return this.#write(askedWrite(operations, options, this.#host.options()));
  }

  /**
   * What became of a write: the offset that it resolved to, or would have; undefined where no write was
   * done with this idempotency key, or it is not kept any more. Waits for one that is on its way.
   * Rejects with IdempotencyKeyReusedError where the key is that of other operations, and where nothing
   * can be written, as `batch` does.
   */
  async outcomeOf(
    idempotencyKey: string,
    operations: readonly BatchOperation<StorableShape>[],
  ): Promise<LogOffset | undefined> {
    const { terms } = askedWrite(operations, { idempotencyKey }, this.#host.options());
    return this.open?.outcomeOf(terms);
  }

  /**
   * The progress that was stored last by an id, with a batch that is committed; undefined where there is
   * none, or its last batch was seven days ago. Throws InvalidOptionError where it can be no id.
   */
  progress(id: string): Progress | undefined {
    return this.open && readProgress(this.open, id, this.#now());
  }

  /** All that is committed now, for any number of reads. Close it, or use `using`. */
  snapshot(): Snapshot {
    return new Snapshot(this.open?.view(), this.#now());
  }

  /**
   * The database as it is when all records below `offset` are committed and none from there on, so that
   * nodes that copy each other show the same; waits until it is. Rejects with DatabaseNotFoundError, with
   * OffsetPassedError where more is committed, with CatchingUpError where this copy is not whole then, and
   * with AbortError when the signal is aborted before.
   */
  async snapshotAt(offset: LogOffset, signal: AbortSignal): Promise<Snapshot> {
    const { open } = this;
    if (open === undefined) throw new DatabaseNotFoundError(this.name);
    const view = await open.viewAt(offset, signal);
    return new Snapshot(view, this.#now());
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

  /**
   * Resolves when the record at `offset`, and all before it, is visible to readers here: at once, or on a
   * replica when it has come. Rejects with AbortError when the signal is aborted before, and with
   * ClosedError when the store is closed.
   */
  applied(offset: LogOffset, signal: AbortSignal): Promise<void> {
    return whenApplied(this.#feedSource, offset, signal);
  }

  /** What the database holds; undefined before it is created. */
  status(): DatabaseStatus | undefined {
    return this.open && statusOf(this.open, this.#now());
  }

  #now(): TimestampMs {
    return this.#host.options().clock.now();
  }

  readonly #writer: CollectionWriter = {
    put: (operation, options) => rejecting(() => this.#write(this.#asked(operation, options))),
    delete: (operation, options) =>
      rejecting(() => {
        const { terms } = this.#asked(operation, options);
        const creation = this.#host.creation(this.name);
        if (creation !== undefined) return creation.then((open) => open.delete(operation, terms));
        // Nothing can be deleted from what does not exist, and it is not created for that.
        return this.open?.delete(operation, terms) ?? Promise.resolve(undefined);
      }),
  };

  /** A single write. */
  #asked(operation: BatchOperation<StorableShape>, options: WriteOptions): AskedWrite {
    const { ifOffset } = options;
    const { collection, key } = operation;
    return askedWrite(
      [operation],
      ifOffset === undefined
        ? options
        : { ...options, checks: [{ collection, key, offset: ifOffset }] },
      this.#host.options(),
    );
  }

  #write({ operations, terms }: AskedWrite): Promise<LogOffset> {
    const { open } = this;
    return open === undefined || this.#host.creation(this.name) !== undefined
      ? this.#createAndWrite(operations, terms)
      : open.write(operations, terms);
  }

  async #createAndWrite(operations: readonly Operation[], terms: WriteTerms): Promise<LogOffset> {
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
