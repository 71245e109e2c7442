import { setImmediate as turn } from "node:timers/promises";

import type { Database, Entry, RangeIterator, Snapshot } from "@boxerdb/engine";

import { documentLine } from "../../documents/document-line.ts";

/** How much text is made before others have their turn of the event loop, in UTF-16 code units. */
const sliceLength = 64 * 1024;

/** Which documents are exported. */
export interface ExportScope {
  /** Default: all, in the order of their names. */
  readonly collection?: string | undefined;
  /** Only keys that begin with it, in each collection. Default: all. */
  readonly prefix?: string | undefined;
}

/**
 * The documents of a database as they were when this was made, as lines in the order of collections and
 * keys. A slice is made when it is asked for, and not ahead, so that memory holds one of them. What the
 * documents take on disk is kept for it until its end, a failure, or `close`.
 */
export class ExportStream implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #snapshot: Snapshot;
  readonly #scope: ExportScope;
  /** The names of those that have not begun, the next one last. */
  readonly #collections: string[];
  #current: { readonly name: string; readonly entries: RangeIterator<Entry> } | undefined;
  #documents = 0;
  #isClosed = false;

  constructor(database: Database, scope: ExportScope) {
    this.#snapshot = database.snapshot();
    this.#scope = scope;
    this.#collections =
      scope.collection === undefined
        ? database
            .collections()
            .map(({ name }) => name)
            .toReversed()
        : [scope.collection];
  }

  /** The newest offset that the documents show; undefined before the first write. */
  get offset(): number | undefined {
    return this.#snapshot.offset === 0 ? undefined : this.#snapshot.offset - 1;
  }

  /** How many documents have been given so far. */
  get documents(): number {
    return this.#documents;
  }

  /** The next slice. Rejects with CorruptionError where a record is damaged, and ends with that. */
  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    await turn();
    try {
      const text = this.#nextSlice();
      if (text !== "") return { done: false, value: Buffer.from(text) };
    } catch (error) {
      this.close();
      throw error;
    }
    this.close();
    return { done: true, value: undefined };
  }

  /** As loops call it that are left early. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the export and lets go of what it holds; after the first time, nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#current?.entries[Symbol.dispose]();
    this.#snapshot.close();
  }

  /** The empty text is the end. */
  #nextSlice(): string {
    let text = "";
    while (!this.#isClosed && text.length < sliceLength) {
      const current = (this.#current ??= this.#nextCollection());
      if (current === undefined) break;
      const { done, value } = current.entries.nextSync();
      if (done === true) {
        this.#current = undefined;
      } else {
        text += documentLine(current.name, value);
        this.#documents++;
      }
    }
    return text;
  }

  #nextCollection(): { name: string; entries: RangeIterator<Entry> } | undefined {
    const name = this.#collections.pop();
    if (name === undefined) return undefined;
    const { prefix } = this.#scope;
    const entries = this.#snapshot.collection(name).list(prefix === undefined ? {} : { prefix });
    return { name, entries };
  }
}
