import { open, timestampMs, type Store } from "@boxerdb/engine";

import type { ContentQuestion, ContentSide, Opened, Position } from "./content-side.ts";

/** A data directory that nothing else has open. */
export class DirectorySide implements ContentSide {
  readonly name: string;
  readonly isFixed = true;
  readonly #store: Store;

  private constructor(directory: string, store: Store) {
    this.name = directory;
    this.#store = store;
  }

  static async open(directory: string): Promise<DirectorySide> {
    const store = await open(directory, {
      // As a server does: what is not known to be committed is not looked at, and stays.
      commit: "replicated",
      createIfMissing: false,
      compaction: "manual",
      checkpoint: "manual",
    });
    return new DirectorySide(directory, store);
  }

  async positions(): Promise<ReadonlyMap<string, Position>> {
    return new Map(
      this.#store
        .status()
        .databases.map(({ name, keys, highWatermark }) => [
          name,
          { offset: highWatermark - 1, keys },
        ]),
    );
  }

  async open({ database, expiresAfter, span }: ContentQuestion): Promise<Opened> {
    this.#store.database(database).assertWhole();
    const snapshot = this.#store.database(database).snapshot();
    const scope = {
      expiresAfter: timestampMs(expiresAfter),
      ...(span !== undefined && { collection: span.collection }),
      ...(span?.gt !== undefined && { gt: span.gt }),
      ...(typeof span?.through === "string" && { lte: span.through }),
    };
    const content = {
      offset: snapshot.offset - 1,
      ranges: () => snapshot.contentRanges(scope),
      keys: () => snapshot.contentKeys(scope),
      [Symbol.asyncDispose]: async () => snapshot.close(),
    };
    return { content };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
  }
}
