import { ClosedError, DatabaseReplacedError, type Database, type LogOffset } from "@boxerdb/engine";

import { lineFormat } from "./change-format.ts";
import { ChangeGatherer } from "./change-gatherer.ts";
import type { ChangeSelection } from "./changes-query.ts";
import { offsetPurged } from "./purged-problem.ts";
import type { Turnstile } from "./turnstile.ts";

/** A page that has grown to this ends early, so that none fills the memory, in characters. */
const pageLength = 4 * 1024 * 1024;

/** Some changes, and where the next page begins. */
export interface ChangePage {
  readonly text: string;
  readonly next: LogOffset;
}

/** Which page is wanted. */
export interface ChangePageWish {
  readonly from: LogOffset;
  readonly selection: ChangeSelection;
  readonly limit: number;
  /** How long to wait for a change where there is none, in milliseconds. */
  readonly waitMs: number;
  readonly turnstile: Turnstile;
}

/**
 * Reads the changes that there are; where there are none, waits for the first. The page is empty where
 * none comes in time, or before `giveUp` is aborted.
 *
 * @throws what the feed throws; ProblemError (offset_purged) where deletions are missing.
 */
export async function readChangePage(
  database: Database,
  wish: ChangePageWish,
  giveUp: AbortSignal,
): Promise<ChangePage> {
  const page = await presentPage(database, wish);
  if (page.text !== "" || wish.waitMs === 0) return page;
  const next = await awaitChange(database, { ...wish, from: page.next }, giveUp);
  return await presentPage(database, { ...wish, from: next });
}

async function presentPage(
  database: Database,
  { from, selection, limit, turnstile }: ChangePageWish,
): Promise<ChangePage> {
  await using feed = database.changes({ ...selection, from, live: false });
  const gatherer = new ChangeGatherer(feed, { textOf: lineFormat.change, limit, turnstile });
  let text = "";
  while (text.length < pageLength) {
    const part = await gatherer.take();
    // What was passed over at the end need not be looked through again.
    if (part === undefined) return { text, next: feed.position };
    text += part;
  }
  return { text, next: gatherer.next };
}

/** Where the next change is, or how far there was none when the waiting ended. */
async function awaitChange(
  database: Database,
  { from, selection, waitMs }: ChangePageWish,
  giveUp: AbortSignal,
): Promise<LogOffset> {
  const feed = database.changes({ ...selection, from });
  const end = (): void => void feed.return();
  const timer = setTimeout(end, giveUp.aborted ? 0 : waitMs);
  giveUp.addEventListener("abort", end);
  try {
    const { done, value } = await feed.next();
    if (done === true) return feed.position;
    if (value.type === "purged") throw offsetPurged(value.from, value.purgeFloor);
    return value.offset;
  } catch (error) {
    // The store is being closed, or the database was opened anew: whoever asks again goes on from there.
    if (error instanceof ClosedError || error instanceof DatabaseReplacedError) {
      return feed.position;
    }
    throw error;
  } finally {
    clearTimeout(timer);
    giveUp.removeEventListener("abort", end);
    await feed.return();
  }
}
