/**
 * The changes of a database, in the order of their offsets, straight from the log. A feed reads when it
 * is asked for the next change and not before, so that a slow reader costs nothing but its own time.
 */
import { AbortError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { LogOffset } from "../scalars.ts";

import { changeOf, type Change } from "./change.ts";
import { checkChangesOptions, recordFilter, type ChangesOptions } from "./changes-options.ts";
import { LogCursor } from "./log-cursor.ts";

/** What a feed needs of a database that is open. */
export interface FeedDatabase {
  readonly name: string;
  readonly log: Log;
  /** All records below it are committed. */
  readonly highWatermark: LogOffset;
  /** Whether what is applied is a state that the leader was in. */
  readonly isWhole: boolean;
  /** Whether the record at `offset` is applied, and all that was there then. */
  hasApplied(offset: LogOffset): boolean;
  /** Why it is not read any more; undefined as long as it is. */
  readonly closed: Error | undefined;
  /** Calls back whenever the high watermark has moved, or the database was closed. */
  onProgress(listener: () => void): () => void;
  /** How many feeds read it: each counts itself. */
  openFeeds: number;
}

/** Where a feed finds its database, which need not exist yet. */
export interface FeedSource {
  /** Throws ClosedError once the store is closed. */
  find(): FeedDatabase | undefined;
  /** Calls back whenever a database was created, or the store closed. */
  onCatalogChange(listener: () => void): () => void;
}

/**
 * Iterates over changes; get one by `Database.changes`. Each change comes exactly once. `next` rejects,
 * and ends the feed, with AbortError when its signal is aborted, ClosedError when the store is closed,
 * DatabaseNotFoundError when the database is dropped, DatabaseReplacedError when it is opened anew, after
 * which a feed from this one's position goes on, CorruptionError where the log is damaged.
 *
 * On a copy that is not whole it waits until that is, or gives nothing where it is not live: whoever has read
 * all that there is has a state that the leader was in.
 */
export class ChangeFeed implements AsyncIterableIterator<Change, undefined>, AsyncDisposable {
  readonly #source: FeedSource;
  readonly #options: ChangesOptions;
  readonly #from: LogOffset;
  /** The end, where it is known. */
  readonly #until: LogOffset | undefined;
  readonly #changes: AsyncGenerator<Change, undefined>;
  #cursor: LogCursor | undefined;
  #isEnded = false;
  /** Wakes the feed, if it waits. */
  #wake: () => void = () => {};

  /** Throws InvalidOptionError or InvalidNameError. */
  constructor(source: FeedSource, options: ChangesOptions) {
    checkChangesOptions(options);
    this.#source = source;
    this.#options = options;
    const database = source.find();
    this.#from = options.from ?? database?.highWatermark ?? (0 as LogOffset);
    this.#until = (options.live ?? true) ? undefined : endOf(database, this.#from);
    this.#changes = this.#read(database);
  }

  /**
   * What to pass as `from` to go on after the last change that this feed has given: all below it was
   * shown or passed over, nothing from it on. It moves on while the feed passes over what it is not
   * asked for, so it is worth keeping while `next` waits too. After a change within a batch it lies
   * within that batch; keep that of the last one if the batch is to be applied as a whole.
   */
  get position(): LogOffset {
    return this.#cursor?.offset ?? this.#from;
  }

  next(): Promise<IteratorResult<Change, undefined>> {
    return this.#changes.next();
  }

  /** Ends the feed, also while `next` waits, which then says that it is over. */
  return(): Promise<IteratorResult<Change, undefined>> {
    this.#isEnded = true;
    this.#wake();
    return this.#changes.return(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#read(found: FeedDatabase | undefined): AsyncGenerator<Change, undefined> {
    const database = found ?? (await this.#created());
    if (database === undefined) return;
    database.openFeeds++;
    try {
      const cursor = new LogCursor(database.log, this.#from);
      this.#cursor = cursor;
      const isWanted = recordFilter(this.#options);
      for (;;) {
        if (!this.#goesOn(database)) return;
        const taken = cursor.take();
        if (taken !== undefined) {
          const change = isWanted(taken.record) ? changeOf(taken) : undefined;
          if (change !== undefined) yield change;
          continue;
        }
        const committed = this.#until ?? endOf(database, cursor.offset);
        switch (await cursor.fill(committed)) {
          case "more":
            break;
          case "none":
            if (this.#until !== undefined) return;
            // While the window was filled, anything may have happened.
            if (endOf(database, cursor.offset) === committed && this.#goesOn(database)) {
              await this.#call((listener) => database.onProgress(listener));
            }
            break;
          case "purged":
            yield { type: "purged", from: cursor.offset, purgeFloor: database.log.purgeFloor };
            break;
        }
      }
    } finally {
      database.openFeeds--;
    }
  }

  /** The database once it exists; undefined where the feed ends before. */
  async #created(): Promise<FeedDatabase | undefined> {
    if (this.#until !== undefined) return undefined;
    for (;;) {
      if (!this.#goesOn()) return undefined;
      const database = this.#source.find();
      if (database !== undefined) return database;
      await this.#call((listener) => this.#source.onCatalogChange(listener));
    }
  }

  /** Whether the reader is still there. Throws where the feed cannot go on. */
  #goesOn(database?: FeedDatabase): boolean {
    if (this.#isEnded) return false;
    const { signal } = this.#options;
    if (signal?.aborted === true) throw new AbortError("the feed", signal.reason);
    if (database?.closed !== undefined) throw database.closed;
    return true;
  }

  /** Resolves at the first call of what is listened to, or when the feed is to end. */
  async #call(listen: (listener: () => void) => () => void): Promise<void> {
    const { signal } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const stopListening = listen(wake);
    signal?.addEventListener("abort", wake);
    this.#wake = wake;
    await promise;
    stopListening();
    signal?.removeEventListener("abort", wake);
  }
}

/** Up to where a feed may read that has come to `offset`. */
const endOf = (database: FeedDatabase | undefined, offset: LogOffset): LogOffset =>
  database === undefined || database.isWhole
    ? (database?.highWatermark ?? (0 as LogOffset))
    : offset;
