import type { ListedEntry } from "./answers.ts";
import type { Client } from "./client.ts";
import type { PageQuery, Place } from "./wishes.ts";

/** The most entries to ask for at once. */
const pageEntries = 1_000;

/**
 * The entries of a listing, page after page as the server gives them, up to `query.limit` in all.
 * Each page is read when it is asked for, so that memory holds one at a time.
 */
export async function* pages(
  client: Client,
  place: Place,
  query: PageQuery,
): AsyncGenerator<readonly ListedEntry[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  let cursor = query.cursor;
  while (left > 0) {
    const limit = Math.min(left, pageEntries);
    const page = await client.page(place, { ...query, limit, cursor });
    left -= page.entries.length;
    yield page.entries;
    if (page.cursor === undefined) return;
    cursor = page.cursor;
  }
}
