/**
 * Puts changes together to parts worth sending: all that are at hand, but no more than some, so that
 * neither millions of small parts nor a large one in memory come of a feed that catches up, and a
 * change that comes alone is sent alone.
 */
import type { ChangeFeed, DeleteChange, LogOffset, PutChange } from "@boxerdb/engine";

import { offsetPurged } from "./purged-problem.ts";

/** A part that has grown to this is sent, in characters. */
const partLength = 64 * 1024;

type KeyChange = PutChange | DeleteChange;

/** What a feed said when it was asked for the next change. */
type Outcome =
  | { readonly kind: "change"; readonly change: KeyChange }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly error: unknown };

/** Whose parts are taken one after the other. */
export class ChangeGatherer {
  readonly #feed: ChangeFeed;
  readonly #textOf: (change: KeyChange) => string;
  #left: number;
  /** The first change of the part that is being made. */
  #partStart: LogOffset | undefined;
  /** What the feed was asked for beyond that part; never rejects, as nobody may be waiting for it. */
  #ahead: Promise<Outcome> | undefined;
  #aheadOffset: LogOffset | undefined;

  /** @param limit after so many changes it ends */
  constructor(feed: ChangeFeed, textOf: (change: KeyChange) => string, limit: number) {
    this.#feed = feed;
    this.#textOf = textOf;
    this.#left = limit;
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
    const turn = endOfTurn();
    let part = "";
    while (outcome?.kind === "change") {
      this.#ahead = undefined;
      this.#aheadOffset = undefined;
      part += this.#textOf(outcome.change);
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
