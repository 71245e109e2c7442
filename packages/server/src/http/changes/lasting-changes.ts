import { ClosedError, DatabaseReplacedError, type ChangeFeed } from "@boxerdb/engine";

import type { Problem } from "../problem.ts";

import type { ChangeFormat } from "./change-format.ts";
import { ChangeGatherer } from "./change-gatherer.ts";
import type { Turnstile } from "./turnstile.ts";

/** What a feed that lasts needs to know. */
export interface LastingChangesOptions {
  readonly format: ChangeFormat;
  /** After so many changes it ends. */
  readonly limit: number;
  readonly turnstile: Turnstile;
  /** After so long without a change it says that it is alive, in milliseconds. */
  readonly heartbeatMs: number;
  /** Ends it: what is at hand is not waited for, and the client may connect again. */
  readonly stopping: AbortSignal;
  /** Told what the feed throws; the client is told what it makes of it. */
  readonly onFailure: (error: unknown) => Problem;
}

type Part = IteratorResult<Uint8Array, undefined>;

/** What a gatherer came to. */
type Taken =
  | { readonly kind: "part"; readonly text: string | undefined }
  | { readonly kind: "failure"; readonly error: unknown };

/**
 * The body of an answer that lasts: a live feed written down, with signs of life while nothing
 * happens. It ends when the server stops or the database goes, by itself, and when the client goes, by
 * `return`, which does not wait for the `next` under way as that of a generator would.
 */
export class LastingChanges implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #feed: ChangeFeed;
  readonly #options: LastingChangesOptions;
  readonly #gatherer: ChangeGatherer;
  #state: "new" | "open" | "ended" = "new";
  /** Never rejects, as nobody may be waiting for it. */
  #taking: Promise<Taken> | undefined;

  constructor(feed: ChangeFeed, options: LastingChangesOptions) {
    this.#feed = feed;
    this.#options = options;
    const { format, limit, turnstile } = options;
    this.#gatherer = new ChangeGatherer(feed, { textOf: format.change, limit, turnstile });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Part> {
    switch (this.#state) {
      case "new":
        return this.#open();
      case "open":
        return await this.#goOn();
      case "ended":
        return { done: true, value: undefined };
    }
  }

  async return(): Promise<Part> {
    this.#state = "ended";
    this.#options.stopping.removeEventListener("abort", this.#endFeed);
    await this.#feed.return();
    return { done: true, value: undefined };
  }

  /** Something is said at once, so that the head of the answer goes out. */
  #open(): Part {
    const { format, stopping } = this.#options;
    this.#state = "open";
    if (stopping.aborted) this.#endFeed();
    else stopping.addEventListener("abort", this.#endFeed);
    return saying(format.opening(this.#feed.position));
  }

  async #goOn(): Promise<Part> {
    const { format } = this.#options;
    this.#taking ??= this.#take();
    const taken = await this.#takenInTime(this.#taking);
    if (typeof taken === "number") return saying(format.progress(taken));
    this.#taking = undefined;
    if (taken.kind === "part" && taken.text !== undefined) return saying(taken.text);
    const position = this.#gatherer.position;
    await this.return();
    if (taken.kind === "part" || endsForNow(taken.error)) {
      return saying(format.progress(position));
    }
    return saying(format.problem(this.#options.onFailure(taken.error)));
  }

  async #take(): Promise<Taken> {
    try {
      return { kind: "part", text: await this.#gatherer.take() };
    } catch (error) {
      return { kind: "failure", error };
    }
  }

  /** What is taken, or how far the feed has come if nothing is for so long as to say so. */
  async #takenInTime(taking: Promise<Taken>): Promise<Taken | number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const beat = setTimeout(() => resolve(this.#gatherer.position), this.#options.heartbeatMs);
    try {
      return await Promise.race([taking, promise]);
    } finally {
      clearTimeout(beat);
    }
  }

  readonly #endFeed = (): void => {
    void this.#feed.return();
  };
}

const saying = (text: string): Part => ({ done: false, value: Buffer.from(text) });

/** Whether a feed has ended for no fault of its own, and another one can go on from where it has come to. */
const endsForNow = (error: unknown): boolean =>
  error instanceof ClosedError || error instanceof DatabaseReplacedError;
