import type { Entry, RangeOptions } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { dataHeaders } from "./data-answer.ts";
import { existing } from "./databases.ts";
import type { Handler } from "./exchange/answer.ts";
import { collectionAddress } from "./key-address.ts";
import { nextLink } from "./next-link.ts";
import { booleanParameter, parseQuery, wholeParameter } from "./query.ts";
import { admitRead, readParameters } from "./read-terms.ts";
import type { Resource } from "./resources.ts";
import { valueMembers } from "./value-members.ts";

/** How many entries a page has, unless `limit` says otherwise, and at most. */
export const defaultLimit = 100;
export const maxLimit = 1000;

/** A page that has grown to this ends early, so that no listing fills the memory with large values. */
const pageBytes = 4 * 1024 * 1024;

export const listingQuery = z.strictObject({
  prefix: z.string().optional(),
  gt: z.string().optional(),
  gte: z.string().optional(),
  lt: z.string().optional(),
  lte: z.string().optional(),
  reverse: booleanParameter.default(false),
  limit: wholeParameter(0, maxLimit).default(defaultLimit),
  cursor: z.string().optional(),
  keysOnly: booleanParameter.default(false),
  count: booleanParameter.default(false),
  ...readParameters,
});
type ListingQuery = z.output<typeof listingQuery>;

/**
 * The listing of a collection, in key order or reversed:
 * `{"entries": [{key, value, offset, expires?}], "cursor"?: …, "count"?: n}`. The cursor, there if there may be
 * more, holds the last key, so that a walk sees every key that is there all the while exactly once,
 * whatever is written meanwhile. `count` counts the whole range.
 */
export function listingHandlers(api: ApiContext): Resource["handlers"] {
  const list: Handler = async (exchange) => {
    const { target } = exchange;
    const address = collectionAddress(target.path);
    const query = parseQuery(target.query, listingQuery);
    const range = rangeOf(query);
    const from = query.cursor === undefined ? range : resume(range, query.cursor, query.reverse);
    await admitRead(api, exchange, api.store.database(address.database), query);
    const database = existing(api, address.database);
    const collection = database.collection(address.collection);

    const headers = dataHeaders(api, database);
    const count = query.count ? collection.count(range) : undefined;
    const page = await readPage(collection.list({ ...from, limit: query.limit + 1 }), query);
    const cursor =
      page.last === undefined
        ? undefined
        : encodeCursor({ after: page.last, reverse: query.reverse });
    if (cursor !== undefined) headers["link"] = nextLink(target, "cursor", cursor);
    const members = [
      `"entries":[${page.entries.join(",")}]`,
      ...(cursor === undefined ? [] : [`"cursor":${JSON.stringify(cursor)}`]),
      ...(count === undefined ? [] : [`"count":${count}`]),
    ];
    return { status: 200, headers, body: `{${members.join(",")}}` };
  };
  return { GET: list };
}

/** The entries of a page as JSON, and the last key if there may be more after it. */
interface Page {
  readonly entries: readonly string[];
  readonly last: string | undefined;
}

async function readPage(entries: AsyncIterable<Entry>, query: ListingQuery): Promise<Page> {
  const texts: string[] = [];
  let bytes = 0;
  let last: string | undefined;
  for await (const entry of entries) {
    if (texts.length === query.limit || bytes >= pageBytes) return { entries: texts, last };
    const text = entryText(entry, query.keysOnly);
    texts.push(text);
    bytes += text.length;
    last = entry.key;
  }
  return { entries: texts, last: undefined };
}

function entryText({ key, value, offset, expires }: Entry, keysOnly: boolean): string {
  const place = expires === null ? { offset } : { offset, expires };
  return JSON.stringify(keysOnly ? { key, ...place } : { key, ...valueMembers(value), ...place });
}

function rangeOf({ prefix, gt, gte, lt, lte, reverse }: ListingQuery): RangeOptions {
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(gt === undefined ? {} : { gt }),
    ...(gte === undefined ? {} : { gte }),
    ...(lt === undefined ? {} : { lt }),
    ...(lte === undefined ? {} : { lte }),
    reverse,
  };
}

/** The part of the range that comes after the cursor, in the direction of the listing. */
function resume(range: RangeOptions, text: string, reverse: boolean): RangeOptions {
  const { after } = decodeCursor(text, reverse);
  return reverse
    ? { ...range, lt: range.lt === undefined ? after : lesser(range.lt, after) }
    : { ...range, gt: range.gt === undefined ? after : greater(range.gt, after) };
}

// Keys are in the order of their UTF-8 bytes, which is not that of JavaScript's strings.
const compareKeys = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
const lesser = (a: string, b: string): string => (compareKeys(a, b) < 0 ? a : b);
const greater = (a: string, b: string): string => (compareKeys(a, b) > 0 ? a : b);
