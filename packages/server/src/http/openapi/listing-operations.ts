import { z } from "zod";

import { defaultLimit, listingQuery, maxLimit } from "../listing.ts";

import { freshness } from "./headers.ts";
import { json, type PathOperations } from "./operation.ts";
import { dataProblems, readProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { anyJson, count, expires, offset } from "./shared-schemas.ts";
import type { Tag } from "./tags.ts";
import { readTexts } from "./term-texts.ts";

describeObject(
  listingQuery,
  {},
  {
    prefix: "Only keys that begin with it, as `user/`.",
    gt: "Only keys after this one, in the order of their UTF-8 bytes.",
    gte: "Only this key and those after it.",
    lt: "Only keys before this one.",
    lte: "Only this key and those before it.",
    reverse: "From the last key to the first.",
    limit: `How many entries at most. A page of large values ends earlier; at most ${maxLimit}, ${defaultLimit} unless given.`,
    cursor: "Where to go on: the `cursor` of the page before. Repeat the other parameters with it.",
    keysOnly: "Leave the values out.",
    count: "Tell how many keys the whole range has, beside the page.",
    ...readTexts,
  },
);

const listedEntry = describeObject(
  z.object({
    key: z.string(),
    value: anyJson.optional(),
    base64: z.base64().optional(),
    offset,
    expires: expires.optional(),
  }),
  {
    id: "ListedEntry",
    description: "A key with its value; without one where only keys were asked for.",
  },
  {
    key: "The key, decoded.",
    value: "The value, if it is JSON.",
    base64: "The value, if it is bytes.",
    offset: "The offset at which the key was written.",
    expires: "When it expires; absent where it does not.",
  },
);

const listing = describeObject(
  z.object({
    entries: z.array(listedEntry),
    cursor: z.string().optional(),
    count: count.optional(),
  }),
  { id: "Listing", description: "One page of a collection." },
  {
    entries: "In the order of the keys, or reversed.",
    cursor: "Where the next page begins. Absent on the last one.",
    count: "How many keys the whole range has, if that was asked.",
  },
);

/** The listing of the default collection, or of any. */
export function listingOperations(operationId: string, tag: Tag): PathOperations {
  return {
    GET: {
      operationId,
      tag,
      summary: "List keys in their order",
      description:
        "Page by page: ask with the `cursor` of each answer until there is none. A walk sees every key that is there all the while exactly once, whatever is written meanwhile. A database other than `default` must exist; a collection need not.",
      query: listingQuery,
      headers: ["BoxerDB-Min-Offset"],
      answers: {
        200: {
          description: "A page.",
          headers: ["Link", ...freshness],
          content: json(listing, {
            page: {
              value: {
                entries: [{ key: "user/1", value: { name: "Ada" }, offset: 2 }],
                cursor: "eyJ2IjoxLCJhZnRlciI6InVzZXIvMSIsInJldmVyc2UiOmZhbHNlfQ",
              },
            },
          }),
        },
      },
      problems: [
        ...dataProblems,
        ...readProblems,
        "invalid_cursor",
        "invalid_key",
        "database_not_found",
      ],
    },
  };
}
