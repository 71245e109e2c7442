/**
 * Puts changes together to parts worth sending: all that are at hand, but no more than some, so that
 * neither millions of small parts nor a large one in memory come of a feed that catches up, and a
 * change that comes alone is sent alone.
 */
import {
  logOffset,
  type ChangeFeed,
  type DeleteChange,
  type LogOffset,
  type PutChange,
} from "@boxerdb/engine";

import { offsetPurged } from "./purged-problem.ts";
import type { Turnstile } from "./turnstile.ts";

/** A part that has grown to this is sent, in characters. */
const partLength = 64 * 1024;

type KeyChange = PutChange | DeleteChange;

/** What a feed said when it was asked for the next change. */
type Outcome =
  | { readonly kind: "change"; readonly change: KeyChange }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly error: unknown };

/** How changes are put together. */
export interface ChangeGathererOptions {
  readonly textOf: (change: KeyChange) => string;
  /** After so many changes it ends. */
  readonly limit: number;
  /** Shared by all who gather, so that none of them holds up the rest of the server. */
  readonly turnstile: Turnstile;
}

/** Whose parts are taken one after the other. */
export class ChangeGatherer {
  readonly #feed: ChangeFeed;
  readonly #textOf: (change: KeyChange) => string;
  readonly #turnstile: Turnstile;
  #left: number;
  #next: LogOffset;
  /** The first change of the part that is being made. */
  #partStart: LogOffset | undefined;
  /** What the feed was asked for beyond that part; never rejects, as nobody may be waiting for it. */
  #ahead: Promise<Outcome> | undefined;
  #aheadOffset: LogOffset | undefined;

  constructor(feed: ChangeFeed, { textOf, limit, turnstile }: ChangeGathererOptions) {
    this.#feed = feed;
    this.#textOf = textOf;
    this.#turnstile = turnstile;
    this.#left = limit;
    this.#next = feed.position;
  }

  /** The offset after the last change that is in a part which was taken. */
  get next(): LogOffset {
    return this.#next;
  }

  /**
   * Below it all changes are in parts that were taken, or were passed over. Ask only at the start of
   * a callback of the event loop: amid promises a change may be on its way from the feed to here.
   */
  get position(): LogOffset {
    return this.#partStart ?? this.#aheadOffset ?? this.#feed.position;
  }

  /**
   * The next part, once there is a change; undefined at the end of the feed, or the limit. Not to be
   * called again before it has settled.
   *
   * @throws what the feed throws; ProblemError (offset_purged) where deletions are missing.
   */
  async take(): Promise<string | undefined> {
    if (this.#left === 0) return undefined;
    let outcome: Outcome | undefined = await this.#peek();
    if (outcome.kind === "failure") throw outcome.error;
    if (outcome.kind === "end") return undefined;
    this.#partStart = outcome.change.offset;
    await this.#turnstile.enter();
    const turn = endOfTurn();
    let part = "";
    while (outcome?.kind === "change") {
      this.#ahead = undefined;
      this.#aheadOffset = undefined;
      part += this.#textOf(outcome.change);
      this.#next = logOffset(outcome.change.offset + 1);
      this.#left -= 1;
      if (this.#left === 0 || part.length >= partLength) break;
      outcome = await Promise.race([this.#peek(), turn]);
    }
    this.#partStart = undefined;
    return part;
  }

  #peek(): Promise<Outcome> {
    this.#ahead ??= this.#ask();
    return this.#ahead;
  }

  async #ask(): Promise<Outcome> {
    try {
      const { done, value } = await this.#feed.next();
      if (done === true) return { kind: "end" };
      if (value.type === "purged") {
        return { kind: "failure", error: offsetPurged(value.from, value.purgeFloor) };
      }
      this.#aheadOffset = value.offset;
      return { kind: "change", change: value };
    } catch (error) {
      return { kind: "failure", error };
    }
  }
}

/** Resolves when the event loop has turned: what was at hand has come by then. */
const endOfTurn = (): Promise<undefined> =>
  new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
