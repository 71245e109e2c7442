import {
  ContentReader,
  type ContentKey,
  type ContentRange,
  type ContentScope,
} from "../content/content-reader.ts";
import { ClosedError } from "../errors.ts";
import { checkName } from "../names.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import { CollectionReader } from "./collection-reader.ts";
import type { View } from "./view.ts";

/**
 * A database as it was at one offset and one time: any number of reads see the same. Holds disk space
 * that compaction could free, so close it when done, or declare it with `using`.
 */
export class Snapshot implements Disposable {
  /** All records below it are in the snapshot, none other. */
  readonly offset: LogOffset;
  /** When it was taken: what had expired by then is not in it. */
  readonly time: TimestampMs;
  readonly #view: View | undefined;
  #isClosed = false;

  /** `view` is undefined for a database that has not been created: nothing is in it. */
  constructor(view: View | undefined, time: TimestampMs) {
    this.offset = view?.offset ?? (0 as LogOffset);
    this.time = time;
    this.#view = view;
  }

  /** Reads a collection. Throws InvalidNameError; its methods throw ClosedError after `close`. */
  collection<Value extends StorableShape = Storable>(name: string): CollectionReader<Value> {
    checkName("collection", name);
    const state = (): View | undefined => {
      if (this.#isClosed) throw new ClosedError("the snapshot");
      return this.#view;
    };
    const source = {
      now: () => this.time,
      state,
      stableState: () => {
        const view = state();
        // An iteration comes to its end even if the snapshot is closed meanwhile.
        view?.hold();
        return view;
      },
    };
    return new CollectionReader<Value>(source, name);
  }

  /**
   * What is in the snapshot as hashes of ranges of keys, in the order of collections and keys: two replicas
   * that hold the same tell the same. Reads all of it, in steps that let the event loop turn. Throws
   * ClosedError, InvalidNameError; rejects with CorruptionError.
   */
  contentRanges(scope: ContentScope = {}): AsyncGenerator<ContentRange, void, void> {
    return this.#content(scope, (reader) => reader.ranges());
  }

  /** As `contentRanges`, of every key. */
  contentKeys(scope: ContentScope = {}): AsyncGenerator<ContentKey, void, void> {
    return this.#content(scope, (reader) => reader.keys());
  }

  async *#content<Item>(
    scope: ContentScope,
    read: (reader: ContentReader) => AsyncGenerator<Item, void, void>,
  ): AsyncGenerator<Item, void, void> {
    if (scope.collection !== undefined) checkName("collection", scope.collection);
    if (this.#isClosed) throw new ClosedError("the snapshot");
    const view = this.#view;
    if (view === undefined) return;
    // It comes to its end even if the snapshot is closed meanwhile.
    view.hold();
    try {
      yield* read(new ContentReader(view, scope, this.time));
    } finally {
      view.done();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#view?.done();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
