import type { ChangeFeed } from "@boxerdb/engine";

import { lineFormat } from "./change-format.ts";
import { ChangeGatherer } from "./change-gatherer.ts";
import type { Turnstile } from "./turnstile.ts";

/**
 * The body of an answer that ends where the log ended when it was asked for: lines, as they are read.
 * Where the feed fails it throws, so that the connection is cut and nobody takes a part for the whole.
 * `return` does not wait for the `next` under way, which may be looking through a long log.
 */
export class PresentChanges implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #feed: ChangeFeed;
  readonly #onFailure: (error: unknown) => void;
  readonly #gatherer: ChangeGatherer;

  constructor(feed: ChangeFeed, turnstile: Turnstile, onFailure: (error: unknown) => void) {
    this.#feed = feed;
    this.#onFailure = onFailure;
    const limit = Number.POSITIVE_INFINITY;
    this.#gatherer = new ChangeGatherer(feed, { textOf: lineFormat.change, limit, turnstile });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      const text = await this.#gatherer.take();
      return text === undefined
        ? { done: true, value: undefined }
        : { done: false, value: Buffer.from(text) };
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#feed.return();
    return { done: true, value: undefined };
  }
}
