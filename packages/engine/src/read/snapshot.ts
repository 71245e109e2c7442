import {
  ContentReader,
  type ContentKey,
  type ContentRange,
  type ContentScope,
  type ContentTotal,
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
   * that hold the same tell the same. Returns what they come to. Reads all of it, in steps that let the
   * event loop turn. Rejects with ClosedError, InvalidNameError, CorruptionError.
   */
  async *contentRanges(scope: ContentScope = {}): AsyncGenerator<ContentRange, ContentTotal, void> {
    using content = this.#content(scope);
    return yield* content.reader.ranges();
  }

  /** As `contentRanges`, of every key. */
  async *contentKeys(scope: ContentScope = {}): AsyncGenerator<ContentKey, void, void> {
    using content = this.#content(scope);
    yield* content.reader.keys();
  }

  #content(scope: ContentScope): Disposable & { readonly reader: ContentReader } {
    if (scope.collection !== undefined) checkName("collection", scope.collection);
    if (this.#isClosed) throw new ClosedError("the snapshot");
    const view = this.#view;
    // It comes to its end even if the snapshot is closed meanwhile.
    view?.hold();
    return {
      reader: new ContentReader(view, scope, this.time),
      [Symbol.dispose]: () => view?.done(),
    };
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
